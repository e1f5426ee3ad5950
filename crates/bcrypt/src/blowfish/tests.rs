use super::*;

fn encrypted(schedule: &Schedule, [left, right]: [u32; 2]) -> [u32; 2] {
    let (mut left, mut right) = ([left], [right]);
    encrypt([schedule], &mut left, &mut right);
    [left[0], right[0]]
}

/// From the set of test vectors by Eric Young that Schneier publishes with Blowfish.
#[test]
fn a_block_is_encrypted_as_blowfish_does() {
    for (key, block, expected) in [
        ([0x0000_0000, 0x0000_0000], [0x0000_0000, 0x0000_0000], [0x4ef9_9745, 0x6198_dd78]),
        ([0xffff_ffff, 0xffff_ffff], [0xffff_ffff, 0xffff_ffff], [0x5186_6fd5, 0xb85e_cb8a]),
        ([0x3000_0000, 0x0000_0000], [0x1000_0000, 0x0000_0001], [0x7d85_6f9a, 0x6130_63f2]),
        ([0x0123_4567, 0x89ab_cdef], [0x1111_1111, 0x1111_1111], [0x61f9_c380, 0x2281_b096]),
        ([0xfedc_ba98, 0x7654_3210], [0x0123_4567, 0x89ab_cdef], [0x0ace_ab0f, 0xc6a0_a28d]),
    ] {
        let mut lane = Lane::blank();
        lane.schedule = Schedule { subkeys: pi::P, boxes: pi::S };
        read_into(&mut lane.key, &key.map(u32::to_be_bytes).concat());
        mix(&mut lane.schedule.subkeys, &lane.key);
        let mut lanes = [lane];
        expand(&mut lanes);
        assert_eq!(encrypted(&lanes[0].schedule, block), expected, "{key:08x?}");
    }
}

/// Key, salt and iterations of a lane that differs from every other in all three places where lanes could be mixed up.
fn begun(number: u8) -> Lane {
    let mut lane = Lane::blank();
    lane.begin(&[number, 7, 0], [number; 16], 20);
    lane
}

#[test]
fn lanes_do_not_touch_each_other() {
    for width in 1..=2 * MOST_LANES + 1 {
        let mut lanes: Vec<Lane> = (0..).map(begun).take(width).collect();
        iterate(&mut lanes, 13);
        iterate(&mut lanes, 7);
        for (number, lane) in (0..).zip(&lanes) {
            let mut alone = [begun(number)];
            iterate(&mut alone, 20);
            assert_eq!(lane.digest(), alone[0].digest(), "lane {number} of {width}");
            assert_eq!(lane.left(), 0);
        }
    }
}

#[test]
fn a_wiped_lane_holds_nothing() {
    let mut lanes = [begun(3), begun(4)];
    iterate(&mut lanes, 1);
    let [lane, _] = &mut lanes;
    assert!(!lane.is_blank());
    lane.zeroize();
    assert!(lane.is_blank());
}

#[test]
fn a_lane_is_wiped_when_dropped() {
    fn is_wiped<T: ZeroizeOnDrop>() {}
    is_wiped::<Lane>();
}
