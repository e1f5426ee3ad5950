"""Runs a static palisade as the image of deploy/Containerfile does; check-deploy.sh calls it.

A root that holds the program, certificates and /etc/passwd, mounted read-only, beside an empty /data; the user 65532 with
no capability; the system call filter of deploy/palisade.service. The program starts in production over its embedded store,
answers, is probed by itself, and ends after SIGTERM while a request is under way.
"""

import ctypes
import os
import pathlib
import re
import resource
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
import urllib.request

import seccomp

REPOSITORY = pathlib.Path(__file__).resolve().parent.parent
USER = 65532
GRACE = 40
LIBC = ctypes.CDLL(None, use_errno=True)
NEW_MOUNTS, NEW_PIDS = 0x20000, 0x20000000
PR_SET_NO_NEW_PRIVS, PR_CAPBSET_DROP = 38, 24
MS_RDONLY, MS_NOSUID, MS_REMOUNT, MS_BIND, MS_REC, MS_PRIVATE = 1, 2, 32, 4096, 16384, 1 << 18
CERTIFICATES = "/etc/ssl/certs/ca-certificates.crt"


def called(result, what):
    if result != 0:
        error = ctypes.get_errno()
        raise OSError(error, f"{what}: {os.strerror(error)}")


def mount(source, target, flags):
    called(LIBC.mount(str(source).encode(), str(target).encode(), None, flags, None), f"mounting {target}")


def members(group):
    """The calls of a group, as systemd knows them."""
    shown = subprocess.run(["systemd-analyze", "syscall-filter", group], check=True, capture_output=True, text=True).stdout
    names = set()
    for line in shown.splitlines()[1:]:
        word = line.strip()
        if word.startswith("@"):
            names |= members(word)
        elif word and not word.startswith("#"):
            names.add(word)
    return names


def allowed():
    """What the lines SystemCallFilter of the unit leave, in their order."""
    unit = (REPOSITORY / "deploy/palisade.service").read_text()
    names = set()
    for value in re.findall(r"^SystemCallFilter=(.*)$", unit, re.MULTILINE):
        denies = value.startswith("~")
        for word in value.lstrip("~").split():
            group = members(word) if word.startswith("@") else {word}
            names = names - group if denies else names | group
    return names


def rules():
    filtered = seccomp.SyscallFilter(defaction=seccomp.ERRNO(1))
    for name in allowed() | {"execve"}:
        try:
            filtered.add_rule(seccomp.ALLOW, name)
        except (RuntimeError, OSError, ValueError):
            pass  # not a call of this processor
    return filtered


def root(folder, program):
    """The files of the image."""
    for path in ("usr/local/bin", "etc/ssl/certs", "data", "tmp", "run/secrets", "proc"):
        (folder / path).mkdir(parents=True)
    shutil.copy(program, folder / "usr/local/bin/palisade")
    shutil.copy(CERTIFICATES, folder / CERTIFICATES[1:])
    (folder / "etc/passwd").write_text("nonroot:x:65532:65532:nonroot:/data:/sbin/nologin\n")
    (folder / "etc/hosts").write_text("127.0.0.1 localhost\n")
    secret = subprocess.run([program, "keys", "new"], check=True, capture_output=True, text=True).stdout
    (folder / "run/secrets/keys").write_text(secret)


def inside(folder, arguments, variables, filtered):
    """A process in that root, as that user, without rights."""

    def become():
        called(LIBC.unshare(NEW_MOUNTS), "unshare")
        mount("none", "/", MS_REC | MS_PRIVATE)
        mount(folder, folder, MS_BIND)
        mount(folder / "data", folder / "data", MS_BIND)
        mount(folder, folder, MS_BIND | MS_REMOUNT | MS_RDONLY | MS_NOSUID)
        os.chroot(folder)
        os.chdir("/data")
        resource.setrlimit(resource.RLIMIT_NOFILE, (16384, 16384))
        for capability in range(64):
            LIBC.prctl(PR_CAPBSET_DROP, capability, 0, 0, 0)
        os.setgroups([])
        os.setresgid(USER, USER, USER)
        os.setresuid(USER, USER, USER)
        called(LIBC.prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0), "no_new_privs")
        filtered.load()

    return subprocess.Popen(
        ["/usr/local/bin/palisade", *arguments], env=variables, preexec_fn=become, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True
    )


def free_port():
    with socket.socket() as bound:
        bound.bind(("127.0.0.1", 0))
        return bound.getsockname()[1]


def require(holds, what):
    if not holds:
        raise SystemExit(f"check_image: {what}")
    print(f"  {what}")


def main(program):
    linked = subprocess.run(["ldd", program], capture_output=True, text=True)
    require("statically" in linked.stdout or "not a dynamic" in linked.stderr, "the program is static")
    filtered = rules()
    with tempfile.TemporaryDirectory() as name:
        folder = pathlib.Path(name)
        folder.chmod(0o755)
        root(folder, program)
        os.chown(folder / "data", USER, USER)
        port = free_port()
        variables = {
            **{"APP_ENV": "production", "HOST": "0.0.0.0", "PORT": str(port), "APP_URL": "https://app.example.org"},
            **{"DATABASE_URL": "sqlite:///data/palisade.db", "SECRET_KEYS_FILE": "/run/secrets/keys", "BCRYPT_COST": "12"},
            **{"SMTP_URL": "smtp://127.0.0.1:1025", "MAIL_FROM": "no-reply@example.org", "TRUSTED_PROXIES": "loopback"},
        }
        begun = time.monotonic()
        server = inside(folder, [], variables, filtered)
        try:
            probe = None
            while time.monotonic() - begun < 60 and server.poll() is None:
                probe = inside(folder, ["probe", "--ready"], variables, filtered)
                probe.communicate()
                if probe.returncode == 0:
                    break
                time.sleep(0.05)
            if server.poll() is not None:
                print(server.stdout.read())
            require(server.poll() is None and probe.returncode == 0, f"it is ready after {time.monotonic() - begun:.1f} s, and its probe says so")
            require((folder / "data/palisade.db").exists(), "its data is in /data")
            with urllib.request.urlopen(f"http://127.0.0.1:{port}/api/v1/health/live") as answer:
                require(answer.status == 200, "it answers from outside")
            login = urllib.request.Request(
                f"http://127.0.0.1:{port}/api/v1/auth/login",
                data=b'{"email":"nobody@example.org","password":"whatever it may be"}',
                headers={"Content-Type": "application/json", "X-Forwarded-For": "192.0.2.7", "Origin": "https://app.example.org"},
            )
            try:
                urllib.request.urlopen(login)
                status = 200
            except urllib.error.HTTPError as error:
                status = error.code
            require(status == 401, "it hashes a password")
            with socket.create_connection(("127.0.0.1", port)) as waiting:
                waiting.sendall(b"POST /api/v1/auth/login HTTP/1.1\r\nHost: app.example.org\r\n")
                begun = time.monotonic()
                server.send_signal(signal.SIGTERM)
                server.wait(GRACE)
            require(server.returncode == 0, f"SIGTERM ends it after {time.monotonic() - begun:.1f} s, beside a request that never ends")
        finally:
            server.kill()
            said = server.stdout.read()
        lines = [line for line in said.splitlines() if '"WARN"' in line or '"ERROR"' in line or "Operation not permitted" in line]
        print("\n".join(f"  it said: {line}" for line in lines))
        dead = inside(folder, ["probe"], variables, filtered)
        dead.communicate()
        require(dead.returncode == 1, "without it the probe fails")


main(sys.argv[1])
