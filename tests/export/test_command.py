import subprocess
import sys

from contract.experiment import ARMS
from contract.repository import card_file
from export.command import export_command


def test_the_command_makes_what_is_missing_and_prints_a_line_an_arm(run, capfd):
    card_file(run.directory.repository, "regular").unlink()
    export_command(run.directory.root)
    printed = capfd.readouterr()
    # One plain line without a terminal: neither torch nor its exporter is heard.
    assert printed.err == "Exporting the arms to ONNX\n"
    lines = [line.split() for line in printed.out.splitlines()]
    table = {line[0]: line[1:-2] for line in lines[2:12]}
    assert list(table) == list(ARMS)
    assert table["regular"] == ["FusedGemm", "Mul", "FusedGemm", "Mul", "Gemm"]
    assert table["regular-x8"] == ["FusedGemm", "8xMul", "FusedGemm", "8xMul", "Gemm"]
    assert table["null"] == ["Gather"]
    assert table["dropconnect"] == table["inverted"] == ["2xFusedGemm", "Gemm"]
    assert table["dropconnect-sampled"] == ["25", "operators"]
    told = (
        "torch and every arm but null, dropconnect, dropconnect-sampled predict the same class on "
        "450 test images"
    )
    assert printed.out.splitlines()[0] == told
    assert printed.out.endswith(f"models: {run.directory.repository}\n")


def test_a_folder_that_is_no_run_is_one_line_and_exit_code_2(tmp_path):
    completed = subprocess.run(
        [sys.executable, "-P", "-m", "export", str(tmp_path)],
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert completed.returncode == 2
    (line,) = completed.stderr.splitlines()
    assert "not a run directory" in line
    assert not list(tmp_path.iterdir())
