"""ImageMagick's montage, told to decode no more than it needs."""

import os
import shutil
import subprocess

from bench.pictures.work import QUALITY, Watch, Work

# Debian's own policy refuses a picture of this size.
_POLICY = """<policymap>
<policy domain="resource" name="memory" value="4GiB"/>
<policy domain="resource" name="map" value="4GiB"/>
<policy domain="resource" name="area" value="4GP"/>
<policy domain="resource" name="width" value="64KP"/>
<policy domain="resource" name="height" value="64KP"/>
<policy domain="resource" name="disk" value="8GiB"/>
</policymap>
"""


def is_installed() -> bool:
    return shutil.which("montage") is not None


def wall(work: Work, watch: Watch) -> None:
    policy = work.folder / "policy"
    policy.mkdir(exist_ok=True)
    (policy / "policy.xml").write_text(_POLICY)
    wide, high = work.cell
    posters = [str(path) for row in work.in_order for path in row]
    hint = ["-define", f"jpeg:size={2 * wide}x{2 * high}"]
    shape = ["-tile", f"{work.columns}x", "-geometry", f"{wide}x{high}+0+0"]
    settings = ["-quality", str(QUALITY), "-sampling-factor", "4:2:0"]
    watch.start()
    subprocess.run(
        ["montage", *hint, *posters, *shape, *settings, str(work.out)],
        check=True,
        env={**os.environ, "MAGICK_CONFIGURE_PATH": str(policy)},
    )
    watch.lap("writing")
