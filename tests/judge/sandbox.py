"""Runs a Python script where it can do no harm: no network, an empty file system but for the interpreter, no privileges.

Uses util-linux (`unshare`, `setpriv`), as root or with user namespaces. `start` is called from outside; the same file
is the first program inside, where it builds the file system, drops every privilege and becomes the script.
"""

import os
import pathlib
import resource
import shutil
import subprocess
import sys
import sysconfig

HERE = pathlib.Path(__file__).resolve().parent
MEMORY = 2 << 30
FILE_SIZE = 64 << 20
SYSTEM = ["usr", "lib", "lib32", "lib64", "bin", "etc"]
DEVICES = ["null", "zero", "random", "urandom"]
NOBODY = 65534


def start(script: str, root: pathlib.Path, *arguments: str) -> subprocess.Popen:
    """Starts `script` (a file of this folder) in a sandbox built at `root`, an empty folder; text pipes to both ends."""
    root.mkdir(parents=True, exist_ok=True)
    spaces = ["--net", "--pid", "--mount", "--ipc", "--uts", "--fork", "--kill-child"]
    if os.geteuid() != 0:
        spaces.append("--map-root-user")
    command = ["unshare", *spaces, sys.executable, "-I", str(HERE / "sandbox.py"), str(root), script, *arguments]
    return subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, env={"PATH": os.environ["PATH"]})


def available() -> bool:
    """Whether this machine lets us build a sandbox."""
    if not shutil.which("unshare") or not shutil.which("setpriv"):
        return False
    user = [] if os.geteuid() == 0 else ["--map-root-user"]
    command = ["unshare", "--net", "--pid", "--mount", "--fork", *user, "true"]
    return subprocess.run(command, capture_output=True, check=False).returncode == 0


def mount(*arguments: str) -> None:
    subprocess.run(["mount", *arguments], check=True)


def bind(source: str, target: pathlib.Path) -> None:
    """Shows `source` at `target`, read-only."""
    mount("--bind", source, str(target))
    mount("-o", "remount,bind,ro,nosuid", str(target))


def build(root: pathlib.Path) -> None:
    mount("--make-rprivate", "/")
    mount("-t", "tmpfs", "-o", "size=16m,mode=755", "none", str(root))
    for name in SYSTEM:
        source = pathlib.Path("/", name)
        if source.is_symlink():
            (root / name).symlink_to(os.readlink(source))
        elif source.is_dir():
            (root / name).mkdir()
            bind(str(source), root / name)
    for name in ["dev", "proc", "tmp", "python", "site", "judge"]:
        (root / name).mkdir()
    for name in DEVICES:
        (root / "dev" / name).touch()
        mount("--bind", f"/dev/{name}", str(root / "dev" / name))
    mount("-t", "proc", "-o", "nosuid,nodev,noexec", "proc", str(root / "proc"))
    mount("-t", "tmpfs", "-o", "size=512m,mode=1777,nosuid,nodev", "none", str(root / "tmp"))
    bind(sys.base_prefix, root / "python")
    bind(sysconfig.get_path("purelib"), root / "site")
    bind(str(HERE), root / "judge")


def main() -> None:
    root, script, arguments = pathlib.Path(sys.argv[1]), sys.argv[2], sys.argv[3:]
    build(root)
    real = pathlib.Path(os.path.realpath(sys.executable))
    python = pathlib.Path("/python") / real.relative_to(os.path.realpath(sys.base_prefix))
    user = []
    with open("/proc/self/uid_map", encoding="ascii") as handle:
        mapped = int(handle.read().split()[2])
    if mapped > 1:
        user = [f"--reuid={NOBODY}", f"--regid={NOBODY}", "--clear-groups"]
    # Nothing may be imported from here on: the interpreter's own files are elsewhere now.
    os.chroot(root)
    os.chdir("/tmp")
    resource.setrlimit(resource.RLIMIT_AS, (MEMORY, MEMORY))
    resource.setrlimit(resource.RLIMIT_FSIZE, (FILE_SIZE, FILE_SIZE))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    environment = {"PATH": "/usr/bin:/bin", "HOME": "/tmp", "LANG": "C.UTF-8", "PYTHONPATH": "/site", "PYTHONHASHSEED": "0", "PYTHONDONTWRITEBYTECODE": "1"}
    dropped = ["--no-new-privs", "--bounding-set=-all", "--inh-caps=-all"]
    os.execve("/usr/bin/setpriv", ["setpriv", *user, *dropped, str(python), f"/judge/{script}", *arguments], environment)


if __name__ == "__main__":
    main()
