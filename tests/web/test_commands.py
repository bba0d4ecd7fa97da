"""user and token, as somebody at a terminal gives them."""

import pytest
from flask import Flask
from flask.cli import ScriptInfo
from flask.testing import FlaskCliRunner

from database import people
from tests.web.conftest import PASSWORD, Visitor, house
from webapp import commands, terminal


@pytest.fixture
def run(app: Flask) -> FlaskCliRunner:
    return app.test_cli_runner()


def test_a_person_who_was_added_is_listed_and_can_log_in(app: Flask, run: FlaskCliRunner) -> None:
    for args, said in ((["Maya", "--admin"], PASSWORD), (["Ben"], f"{PASSWORD}\n")):
        done = run.invoke(args=["user", "add", *args, "--password-stdin"], input=said)
        assert done.exit_code == 0, done.output

    listed = run.invoke(args=["user", "list"])

    assert listed.output == "Ben\nMaya  admin\n"
    with house(app).db.reading() as session:
        assert people.is_password(people.find(session, "maya"), PASSWORD)


def test_a_password_is_asked_for_twice_and_never_shown(run: FlaskCliRunner) -> None:
    done = run.invoke(args=["user", "add", "Maya"], input=f"{PASSWORD}\n{PASSWORD}\n")

    assert done.exit_code == 0
    assert PASSWORD not in done.output


@pytest.mark.parametrize(
    ("args", "password", "said"),
    [
        (["user", "add", "alice", "--password-stdin"], PASSWORD, "has that name already"),
        (["user", "add", "ALICE", "--password-stdin"], PASSWORD, "has that name already"),
        (["user", "add", "Maya", "--password-stdin"], "short", "At least 8 characters"),
        (["user", "add", "Maya", "--password-stdin"], "password1", "Many people use"),
        (["user", "add", "x" * 41, "--password-stdin"], PASSWORD, "up to 40"),
        (["token", "add", "nobody", "a script"], "", "There is no person nobody."),
        (["token", "add", "alice", ""], "", "up to 80 characters"),
        (["token", "add", "alice", "x" * 81], "", "up to 80 characters"),
        (["token", "add", "alice", "a\nb"], "", "letters, digits and the like"),
    ],
)
def test_what_cannot_be_ends_with_1_and_one_line(
    run: FlaskCliRunner, alice: Visitor, args: list[str], password: str, said: str
) -> None:
    assert alice.id

    done = run.invoke(args=args, input=password)

    assert done.exit_code == 1
    assert done.output.startswith("Error: ") and said in done.output
    assert done.output.count("\n") == 1


@pytest.mark.parametrize(
    ("given", "said"),
    [
        (["usr", "list"], "No such command 'usr'."),
        (["user"], "Say what to do: ./run user --help tells."),
        (["run"], "No such command 'run'."),
        (["token", "add", "alice"], "Missing argument 'LABEL'."),
        (["import", "nofile", "--user", "alice"], "File 'nofile' does not exist."),
        (["mosaic", "--scale", "9"], "9 is not in the range 1<=x<=3."),
        (["user", "list", "--nothing"], "No such option '--nothing'."),
    ],
)
def test_wrong_usage_ends_with_1_and_one_line_before_anything_is_made(
    given: list[str], said: str, capsys: pytest.CaptureFixture[str]
) -> None:
    def no_app() -> Flask:
        pytest.fail("the app was made")

    with pytest.raises(SystemExit) as caught:
        terminal.run(commands.house, "./run", args=given, obj=ScriptInfo(create_app=no_app))

    sentence = str(caught.value.code)
    assert sentence.startswith("Error: ") and said in sentence and "\n" not in sentence
    assert capsys.readouterr() == ("", "")


def test_a_token_opens_the_api(run: FlaskCliRunner, bob: Visitor, guest: Visitor) -> None:
    assert bob.id

    token = run.invoke(args=["token", "add", "Bob", "a script"]).output.strip()

    for scheme in ("Bearer", "Token", "bearer"):
        assert (
            guest.get("/tasks", headers={"Authorization": f"{scheme} {token}"}).status_code == 200
        )
