"""For providers that are programs of their own: a free port, a folder that goes with the run, and an end with this process."""

import ctypes
import os
import signal
import socket
import subprocess
import sys
import tempfile
import threading
import time
import urllib.error
import urllib.request

from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import rsa

_PR_SET_PDEATHSIG = 1


def free_port():
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        return listener.getsockname()[1]


def rsa_key():
    """Both halves of a new key, as PEM."""
    key = rsa.generate_private_key(public_exponent=65537, key_size=2048)
    pem, plain = serialization.Encoding.PEM, serialization.NoEncryption()
    private = key.private_bytes(pem, serialization.PrivateFormat.TraditionalOpenSSL, plain)
    public = key.public_key().public_bytes(pem, serialization.PublicFormat.SubjectPublicKeyInfo)
    return private.decode(), public.decode()


def end_with_this():
    """In the child, before it becomes the program: the kernel ends it, however this process ends."""
    ctypes.CDLL(None).prctl(_PR_SET_PDEATHSIG, signal.SIGKILL)


def folder_of_the_run():
    """A folder that is deleted when this process is told to end, or its parent ends."""
    folder = tempfile.TemporaryDirectory()

    def end(*_):
        folder.cleanup()
        os._exit(0)

    def end_with_parent():
        # The parent holds the other end: it closes with the parent, however that ends.
        sys.stdin.read()
        end()

    signal.signal(signal.SIGTERM, end)
    threading.Thread(target=end_with_parent, daemon=True).start()
    return folder.name


def start(command, answers_at, **options):
    """Starts the program; returns it once it answers at this address, whatever it answers."""
    # What it says is no line of ours.
    program = subprocess.Popen(
        command, stdin=subprocess.DEVNULL, stdout=sys.stderr, preexec_fn=end_with_this, **options
    )
    for _ in range(600):
        if program.poll() is not None:
            sys.exit(f"{command[0]} ended with {program.returncode}")
        try:
            urllib.request.urlopen(answers_at)
            return program
        except urllib.error.HTTPError:
            return program
        except OSError:
            time.sleep(0.05)
    sys.exit(f"{command[0]} does not answer")
