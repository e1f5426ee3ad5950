//! Published vectors, in one table for each source. They all cut passwords as C does: `Key::truncated`.

#![expect(clippy::unwrap_used, reason = "a test that cannot go on stops")]

use palisade_bcrypt::{Cost, Hash, Job, Key, ParseError, Salt, Version, Width, digests};

/// Every password of a table matches its hash.
#[track_caller]
fn all_verify(table: &[(&[u8], &str)]) {
    let hashes: Vec<Hash> = table.iter().map(|(_, text)| text.parse().unwrap()).collect();
    let jobs = hashes.iter().zip(table).map(|(hash, (password, _))| hash.job(Key::truncated(password)));
    for ((hash, digest), (password, text)) in hashes.iter().zip(digests(Width::FOUR, jobs)).zip(table) {
        assert_eq!(hash.digest(), digest, "{}", password.escape_ascii());
        assert_eq!(Hash::new(hash.version(), hash.cost(), hash.salt(), digest).to_string(), *text);
    }
}

/// The test of OpenBSD's bcrypt that came with jBCrypt, by its author (`TestBCrypt.java`, Damien Miller).
#[test]
fn those_of_openbsd() {
    all_verify(&[
        (b"", "$2a$06$DCq7YPn5Rq63x1Lad4cll.TV4S6ytwfsfvkgY8jIucDrjc8deX1s."),
        (b"", "$2a$08$HqWuK6/Ng6sg9gQzbLrgb.Tl.ZHfXLhvt/SgVyWhQqgqcZ7ZuUtye"),
        (b"", "$2a$10$k1wbIrmNyFAPwPVPSVa/zecw2BCEnBwVS2GbrmgzxFUOqW9dk4TCW"),
        (b"", "$2a$12$k42ZFHFWqBp3vWli.nIn8uYyIkbvYRvodzbfbK18SSsY.CsIQPlxO"),
        (b"a", "$2a$06$m0CrhHm10qJ3lXRY.5zDGO3rS2KdeeWLuGmsfGlMfOxih58VYVfxe"),
        (b"a", "$2a$08$cfcvVd2aQ8CMvoMpP2EBfeodLEkkFJ9umNEfPD18.hUF62qqlC/V."),
        (b"a", "$2a$10$k87L/MF28Q673VKh8/cPi.SUl7MU/rWuSiIDDFayrKk/1tBsSQu4u"),
        (b"a", "$2a$12$8NJH3LsPrANStV6XtBakCez0cKHXVxmvxIlcz785vxAIZrihHZpeS"),
        (b"abc", "$2a$06$If6bvum7DFjUnE9p2uDeDu0YHzrHM6tf.iqN8.yx.jNN1ILEf7h0i"),
        (b"abc", "$2a$08$Ro0CUfOqk6cXEKf3dyaM7OhSCvnwM9s4wIX9JeLapehKK5YdLxKcm"),
        (b"abc", "$2a$10$WvvTPHKwdBJ3uk0Z37EMR.hLA2W6N9AEBhEgrAOljy2Ae5MtaSIUi"),
        (b"abc", "$2a$12$EXRkfkdmXn2gzds2SSitu.MW9.gAVqa9eLS1//RYtYCmB1eLHg.9q"),
        (b"abcdefghijklmnopqrstuvwxyz", "$2a$06$.rCVZVOThsIa97pEDOxvGuRRgzG64bvtJ0938xuqzv18d3ZpQhstC"),
        (b"abcdefghijklmnopqrstuvwxyz", "$2a$08$aTsUwsyowQuzRrDqFflhgekJ8d9/7Z3GV3UcgvzQW3J5zMyrTvlz."),
        (b"abcdefghijklmnopqrstuvwxyz", "$2a$10$fVH8e28OQRj9tqiDXs1e1uxpsjN0c7II7YPKXua2NAKYvM6iQk7dq"),
        (b"abcdefghijklmnopqrstuvwxyz", "$2a$12$D4G5f18o7aMMfwasBL7GpuQWuP3pkrZrOAnqP.bmezbMng.QwJ/pG"),
        (
            b"~!@#$%^&*()      ~!@#$%^&*()PNBFRD",
            "$2a$06$fPIsBO8qRqkjj273rfaOI.HtSV9jLDpTbZn782DC6/t7qT67P6FfO",
        ),
        (
            b"~!@#$%^&*()      ~!@#$%^&*()PNBFRD",
            "$2a$08$Eq2r4G/76Wv39MzSX262huzPz612MZiYHVUJe/OcOql2jo4.9UxTW",
        ),
        (
            b"~!@#$%^&*()      ~!@#$%^&*()PNBFRD",
            "$2a$10$LgfYWkbzEvQ4JakH7rOvHe0y8pHKF9OaFgwUZ2q7W2FFZmZzJYlfS",
        ),
        (
            b"~!@#$%^&*()      ~!@#$%^&*()PNBFRD",
            "$2a$12$WApznUOJfkEGSmYRfnkrPOr466oFDCaj4b6HY3EXGvfxm43seyhgC",
        ),
    ]);
}

/// The self-test of crypt_blowfish 1.3 (`wrapper.c`, Solar Designer), which libxcrypt also has
/// (`test/crypt-bcrypt.c`): 8-bit characters, more than 72 bytes, patterns that wrap around. Its vectors for `2x`
/// are below.
#[test]
fn those_of_crypt_blowfish() {
    let seventy_two = |pattern: &[u8]| pattern.iter().copied().cycle().take(72).collect::<Vec<u8>>();
    let and_more = [seventy_two(b"\xaa"), b"chars after 72 are ignored as usual".to_vec()].concat();
    all_verify(&[
        (b"U*U", "$2a$05$CCCCCCCCCCCCCCCCCCCCC.E5YPO9kmyuRGyh0XouQYb4YMJKvyOeW"),
        (b"U*U*", "$2a$05$CCCCCCCCCCCCCCCCCCCCC.VGOzA784oUp/Z0DY336zx7pLYAy0lwK"),
        (b"U*U*U", "$2a$05$XXXXXXXXXXXXXXXXXXXXXOAcXxm9kjPGEMsLznoKqmqw7tc8WCx4a"),
        (b"", "$2a$05$CCCCCCCCCCCCCCCCCCCCC.7uG0VCzI2bS7j6ymqJi9CdcdxiRTWNy"),
        (
            b"0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789chars after 72 are ignored",
            "$2a$05$abcdefghijklmnopqrstuu5s2v8.iXieOjg/.AySBTTZIIVFJeBui",
        ),
        (b"\xff\xff\xa3", "$2y$05$/OK.fbVrR/bpIqNJ5ianF.CE5elHaaO4EbggVDjb8P19RukzXSM3e"),
        (b"\xff\xff\xa3", "$2b$05$/OK.fbVrR/bpIqNJ5ianF.CE5elHaaO4EbggVDjb8P19RukzXSM3e"),
        (b"\xa3", "$2y$05$/OK.fbVrR/bpIqNJ5ianF.Sa7shbm4.OzKpvFnX1pQLmQW96oUlCq"),
        (b"\xa3", "$2a$05$/OK.fbVrR/bpIqNJ5ianF.Sa7shbm4.OzKpvFnX1pQLmQW96oUlCq"),
        (b"\xa3", "$2b$05$/OK.fbVrR/bpIqNJ5ianF.Sa7shbm4.OzKpvFnX1pQLmQW96oUlCq"),
        (b"\xff\xa334\xff\xff\xff\xa3345", "$2y$05$/OK.fbVrR/bpIqNJ5ianF.o./n25XVfn6oAPaUvHe.Csk4zRfsYPi"),
        (b"\xff\xa3345", "$2y$05$/OK.fbVrR/bpIqNJ5ianF.nRht2l/HRhr6zmCp9vYUvvsqynflf9e"),
        (b"\xff\xa3345", "$2a$05$/OK.fbVrR/bpIqNJ5ianF.nRht2l/HRhr6zmCp9vYUvvsqynflf9e"),
        (b"\xa3ab", "$2a$05$/OK.fbVrR/bpIqNJ5ianF.6IflQkJytoRVc1yuaNtHfiuq.FRlSIS"),
        (b"\xa3ab", "$2y$05$/OK.fbVrR/bpIqNJ5ianF.6IflQkJytoRVc1yuaNtHfiuq.FRlSIS"),
        (&and_more, "$2a$05$/OK.fbVrR/bpIqNJ5ianF.swQOIzjOiJ9GHEPuhEkvqrUyvWhEMx6"),
        (&seventy_two(b"\xaa\x55"), "$2a$05$/OK.fbVrR/bpIqNJ5ianF.R9xrDjiycxMbQE2bp.vgqlYpW5wx2yy"),
        (&seventy_two(b"\x55\xaa\xff"), "$2a$05$/OK.fbVrR/bpIqNJ5ianF.9tQZzcJfm3uj2NvJ/n5xkhpqLrMpWCe"),
    ]);
}

/// The hash that crypt_blowfish writes under `2a` for a password that would share its key with the bug's reading of
/// another, so that neither matches. Only crypt_blowfish writes these, and here they match nothing.
#[test]
fn what_crypt_blowfish_alone_gives_under_2a_matches_nothing() {
    for (password, text) in [
        (&b"\xff\xff\xa3"[..], "$2a$05$/OK.fbVrR/bpIqNJ5ianF.nqd1wy.pTMdcvrRWxyiGL2eMz.2a85."),
        (b"\xff\xa334\xff\xff\xff\xa3345", "$2a$05$/OK.fbVrR/bpIqNJ5ianF.ZC1JEJ8Z4gPfpe1JOr/oyPXTWl9EFd."),
    ] {
        let hash: Hash = text.parse().unwrap();
        assert!(!hash.verify(&Key::truncated(password)));
        assert!(!hash.verify(&Key::truncated(b"\xa3")));
    }
}

/// Under the bug that `2x` stands for, these passwords match these hashes: two of the first and three of the
/// second. They are refused by their version, and written as `2y` they match no password of the bug.
#[test]
fn those_with_the_bug_are_refused() {
    for (passwords, text) in [
        (&[&b"\xa3"[..]][..], "$2x$05$/OK.fbVrR/bpIqNJ5ianF.CE5elHaaO4EbggVDjb8P19RukzXSM3e"),
        (&[b"1\xa3345", b"\xff\xa3345"], "$2x$05$/OK.fbVrR/bpIqNJ5ianF.o./n25XVfn6oAPaUvHe.Csk4zRfsYPi"),
        (&[b"\xd1\x91"], "$2x$05$6bNw2HLQYeqHYyBfLMsv/OiwqTymGIGzFsA4hOTWebfehXHNprcAS"),
        (&[b"\xd0\xc1\xd2\xcf\xcc\xd8"], "$2x$05$6bNw2HLQYeqHYyBfLMsv/O9LIGgn8OMzuDoHfof8AQimSGfcSWxnS"),
    ] {
        assert_eq!(text.parse::<Hash>(), Err(ParseError::Broken));
        let hash: Hash = text.replacen("2x", "2y", 1).parse().unwrap();
        assert_eq!(hash.version(), Version::Y);
        for password in passwords {
            assert!(!hash.verify(&Key::truncated(password)), "{}", password.escape_ascii());
        }
    }
}

/// The test of pyca/bcrypt (`tests/test_bcrypt.py`): its additional vectors.
#[test]
fn those_of_pyca() {
    all_verify(&[
        (b"Kk4DQuMMfZL9o", "$2b$04$cVWp4XaNU8a4v1uMRum2SO026BWLIoQMD/TXg5uZV.0P.uO8m3YEm"),
        (b"9IeRXmnGxMYbs", "$2b$04$pQ7gRO7e6wx/936oXhNjrOUNOHL1D0h1N2IDbJZYs.1ppzSof6SPy"),
        (b"xVQVbwa1S0M8r", "$2b$04$SQe9knOzepOVKoYXo9xTteNYr6MBwVz4tpriJVe3PNgYufGIsgKcW"),
        (b"Zfgr26LWd22Za", "$2b$04$eH8zX.q5Q.j2hO1NkVYJQOM6KxntS/ow3.YzVmFrE4t//CoF4fvne"),
        (b"Tg4daC27epFBE", "$2b$04$ahiTdwRXpUG2JLRcIznxc.s1.ydaPGD372bsGs8NqyYjLY1inG5n2"),
        (b"xhQPMmwh5ALzW", "$2b$04$nQn78dV0hGHf5wUBe0zOFu8n07ZbWWOKoGasZKRspZxtt.vBRNMIy"),
        (b"59je8h5Gj71tg", "$2b$04$cvXudZ5ugTg95W.rOjMITuM1jC0piCl3zF5cmGhzCibHZrNHkmckG"),
        (b"wT4fHJa2N9WSW", "$2b$04$YYjtiq4Uh88yUsExO0RNTuEJ.tZlsONac16A8OcLHleWFjVawfGvO"),
        (b"uSgFRnQdOgm4S", "$2b$04$WLTjgY/pZSyqX/fbMbJzf.qxCeTMQOzgL.CimRjMHtMxd/VGKojMu"),
        (b"tEPtJZXur16Vg", "$2b$04$2moPs/x/wnCfeQ5pCheMcuSJQ/KYjOZG780UjA/SiR.KsYWNrC7SG"),
        (b"vvho8C6nlVf9K", "$2b$04$HrEYC/AQ2HS77G78cQDZQ.r44WGcruKw03KHlnp71yVQEwpsi3xl2"),
        (b"5auCCY9by0Ruf", "$2b$04$vVYgSTfB8KVbmhbZE/k3R.ux9A0lJUM4CZwCkHI9fifke2.rTF7MG"),
        (b"GtTkR6qn2QOZW", "$2b$04$JfoNrR8.doieoI8..F.C1OQgwE3uTeuardy6lw0AjALUzOARoyf2m"),
        (b"zKo8vdFSnjX0f", "$2b$04$HP3I0PUs7KBEzMBNFw7o3O7f/uxaZU7aaDot1quHMgB2yrwBXsgyy"),
        (b"I9VfYlacJiwiK", "$2b$04$xnFVhJsTzsFBTeP3PpgbMeMREb6rdKV9faW54Sx.yg9plf4jY8qT6"),
        (b"VFPO7YXnHQbQO", "$2b$04$WQp9.igoLqVr6Qk70mz6xuRxE0RttVXXdukpR9N54x17ecad34ZF6"),
        (b"VDx5BdxfxstYk", "$2b$04$xgZtlonpAHSU/njOCdKztOPuPFzCNVpB4LGicO4/OGgHv.uKHkwsS"),
        (b"dEe6XfVGrrfSH", "$2b$04$2Siw3Nv3Q/gTOIPetAyPr.GNj3aO0lb1E5E9UumYGKjP9BYqlNWJe"),
        (b"cTT0EAFdwJiLn", "$2b$04$7/Qj7Kd8BcSahPO4khB8me4ssDJCW3r4OGYqPF87jxtrSyPj5cS5m"),
        (b"J8eHUDuxBB520", "$2b$04$VvlCUKbTMjaxaYJ.k5juoecpG/7IzcH1AkmqKi.lIZMVIOLClWAk."),
    ]);
}

/// The test of passlib (`passlib/tests/test_handlers_bcrypt.py`): its additional vectors. Its last rows are
/// passwords about as long as those that OpenBSD once cut to almost nothing.
#[test]
fn those_of_passlib() {
    let digits = |length: usize| b"0123456789".iter().copied().cycle().take(length).collect::<Vec<u8>>();
    all_verify(&[
        (b"U*U*U*U*", "$2a$05$c92SVSfjeiCD6F2nAD6y0uBpJDjdRkt0EgeC4/31Rf2LUZbDRDE.O"),
        (b"U*U***U", "$2a$05$WY62Xk2TXZ7EvVDQ5fmjNu7b0GEzSzUXUh2cllxJwhtOeMtWV3Ujq"),
        (b"U*U***U*", "$2a$05$Fa0iKV3E2SYVUlMknirWU.CFYGvJ67UwVKI1E2FP6XeLiZGcH3MJi"),
        (b"*U*U*U*U", "$2a$05$.WRrXibc1zPgIdRXYfv.4uu6TD1KWf0VnHzq/0imhUhuxSxCyeBs2"),
        (b"", "$2a$05$Otz9agnajgrAe0.kFVF9V.tzaStZ2s1s4ZWi/LY4sw2k/MTVFj/IO"),
        (b"\xd1\x91", "$2y$05$6bNw2HLQYeqHYyBfLMsv/OUcZd0LKP39b87nBw3.S2tVZSqiQX6eu"),
        (&digits(254), "$2a$04$R1lJ2gkNaoPGdafE.H.16.1MKHPvmKwryeulRe225LKProWYwt9Oi"),
        (&digits(255), "$2a$04$R1lJ2gkNaoPGdafE.H.16.1MKHPvmKwryeulRe225LKProWYwt9Oi"),
        (&digits(256), "$2a$04$R1lJ2gkNaoPGdafE.H.16.1MKHPvmKwryeulRe225LKProWYwt9Oi"),
        (&digits(257), "$2a$04$R1lJ2gkNaoPGdafE.H.16.1MKHPvmKwryeulRe225LKProWYwt9Oi"),
    ]);
}

/// OpenBSD's hash of 255 digits when it stored their number in eight bits: the hash of `0` 72 times.
#[test]
fn what_wrapped_around_at_255_does_not_verify() {
    let wrapped: Hash = "$2a$04$R1lJ2gkNaoPGdafE.H.16.nVyh2niHsGJhayOHLMiXlI45o8/DU.6".parse().unwrap();
    assert!(wrapped.verify(&Key::truncated([b'0'; 72])));
    let digits: Vec<u8> = b"0123456789".iter().copied().cycle().take(255).collect();
    assert!(!wrapped.verify(&Key::truncated(digits)));
}

/// The test of node.bcrypt.js (`test/implementation.js`): its additional vectors, except for its own treatment of
/// more than 255 bytes.
#[test]
fn those_of_node() {
    let digits: Vec<u8> = b"0123456789".iter().copied().cycle().take(255).collect();
    all_verify(&[
        (&[b'0'; 72], "$2a$05$CCCCCCCCCCCCCCCCCCCCC.6.O1dLNbjod2uo0DVcW.jHucKbPDdHS"),
        (&[b'0'; 72], "$2b$05$CCCCCCCCCCCCCCCCCCCCC.6.O1dLNbjod2uo0DVcW.jHucKbPDdHS"),
        (&digits, "$2b$05$CCCCCCCCCCCCCCCCCCCCC.XxrQqgBi/5Sxuq9soXzDtjIZ7w5pMfK"),
        (b"test", "$2a$10$123456789912345678901u.OtL1A1eGK5wmvBKUDYKvuVKI7h2XBu"),
        (b"U*U*", "$2a$05$CCCCCCCCCCCCCCCCCCCCCeUQ7VjYZ2hd4bLYZdhuPpZMUpEUJDw1S"),
        ("ππππππππ".as_bytes(), "$2a$10$.TtQJ4Jr6isd4Hp.mVfZeuh6Gws4rOQ/vdBczhDx.19NFK0Y84Dle"),
        (b"p@5sw0rd", "$2b$12$zQ4CooEXdGqcwi0PHsgc8eAf0DLXE/XHoBE8kCSGQ97rXwuClaPam"),
        (b"C'est bon, la vie!", "$2b$12$cbo7LZ.wxgW4yxAA5Vqlv.KR6QFPt4qCdc9RYJNXxa/rbUOp.1sw."),
        ("ἓν οἶδα ὅτι οὐδὲν οἶδα".as_bytes(), "$2b$12$LeHKWR2bmrazi/6P22JpauX5my/eKwwKpWqL7L5iEByBnxNc76FRW"),
    ]);
}

/// The tests of Go's `x/crypto`, of nettle and of the `bcrypt` crate: their additional vectors.
#[test]
fn those_of_go_nettle_and_the_crate() {
    all_verify(&[
        (b"allmine", "$2a$10$XajjQvNhvvRt5GSeFk1xFeyqRrsxkhBkUiQeg0dt.wU1qD4aFDcga"),
        (b"yawinpassword", "$2a$04$MzVXtd4o0y4DOlyHMMLMDeE4/eezrsT5Xad.2lmGr/NkCpwBgvn3e"),
        (b"Bootq9sH5", "$2y$10$1b2lPgo4XumibnJGN3r3sOsXFfVVYlebFjlw47qpaslC4KIwu9dAK"),
        (b"password", "$2a$04$UuTkLRZZ6QofpDOlMz32MuuxEHA43WOemOYHPz6.SjsVsyO1tDU96"),
        (b"correctbatteryhorsestapler", "$2b$04$EGdrhbKUv8Oc9vGiXX0HQOxSg445d458Muh7DAHskb6QbtCvdxcie"),
        (b"correctbatteryhorsestapler", "$2a$04$n4Uy0eSnMfvnESYL.bLwuuj0U/ETSsoTpRT9GVk5bektyVVa5xnIi"),
        (&[b'x'; 100], "$2a$05$......................YgIDy4hFBdVlc/6LHnD9mX488r9cLd2"),
        (b"hunter2", "$2y$12$......................21jzCB1r6pN6rp5O2Ev0ejjTAboskKm"),
    ]);
}

/// Keys in repeated form, with a NUL only where one is written: those of Perl's Crypt::Eksblowfish
/// (`t/bcrypt_hash.t`) and of Bouncy Castle (`BCryptTest.java`), and a password of the `bcrypt` crate with a NUL in
/// its middle.
#[test]
fn those_of_raw_keys() {
    let counted = [1, 2, 3, 4, 5, 6, 7, 8, 1, 2, 3, 4, 5, 6, 7, 8];
    let openbsd: Hash = "$2a$06$DCq7YPn5Rq63x1Lad4cll.TV4S6ytwfsfvkgY8jIucDrjc8deX1s.".parse().unwrap();
    let rows: [(&[u8], u32, [u8; 16], &str); 6] = [
        (
            b"supercalifragilisticexpialidocious",
            5,
            *b"abcdefghijklmnop",
            "1e514c325869b8c311f852ffe630bac51519a66409ed77",
        ),
        (b"Libelar! Timmah!\0", 6, *b"ABCDEFGHIJKLMNOP", "2b7453cbc43bc27cb59c1a1a2ce520d79557f7a1a17b9b"),
        (b"12341234\0", 5, counted, "cdd19088721c50e5cb49a7b743d93b5a6e67bef0f700cd"),
        (b"1234\0", 5, counted, "02a3269aca2732484057b40c614204814cbfc2becd8e09"),
        (b"\xc2\xa3\0", 6, openbsd.salt().bytes(), "5a6c4fedb23980a7da9217e0442565ac6145b687c73133"),
        (b"\0", 6, openbsd.salt().bytes(), "557e94f34bf286e8719a26be94ac1e16d95ef9f819dee0"),
    ];
    let jobs = rows.map(|(key, cost, salt, _)| {
        Job::new(Key::raw(key).unwrap(), Cost::new(cost).unwrap(), Salt::new(salt))
    });
    for (digest, (key, .., expected)) in digests(Width::FOUR, jobs).into_iter().zip(rows) {
        let written = digest.bytes().iter().fold(String::new(), |text, byte| text + &format!("{byte:02x}"));
        assert_eq!(written, expected, "{}", key.escape_ascii());
    }
    let with_a_nul = *b"\x1d\xe1\xc3\xa7\xdf\xecU\xc3r\xe3\x07\0\xd1\xef\xbd\x183i|\xa8\x97K\x90@\xc6\xc5\xc4\x04\xf1an\x87\0";
    let hash: Hash = "$2a$04$tjARW6ZON3PhrAIRW2LG/u9aDw5eFdstYLR8nFCNaOQmsH9XD23w.".parse().unwrap();
    assert!(hash.verify(&Key::raw(with_a_nul).unwrap()));
    assert!(!hash.verify(&Key::truncated(with_a_nul)), "in C it ends at its NUL");
}

/// Above the costs in use: computed by libxcrypt 4.4.33.
#[test]
fn one_of_a_high_cost() {
    all_verify(&[(b"palisade", "$2b$14$abcdefghijklmnopqrstuu.GUAQGl4X/mC66lYFBkWzUZAdT6FY3m")]);
}
