"""Commands over the private services: `python3 -m app.local up|down|status|destroy|exec|run`."""

import argparse
import json
import os
import subprocess
import sys
from dataclasses import asdict

from app.local.places import LocalError
from app.local.services import Local
from app.local.supervisor import run


def command_up() -> int:
    """Start the services, to run until `down`, and print where they are."""
    print(json.dumps(asdict(Local().up(keep=True)), indent=1))
    return 0


def command_down() -> int:
    """Stop the services."""
    Local().down()
    return 0


def command_status() -> int:
    """Print what runs; 1 when something does not."""
    state = Local().status()
    print(json.dumps(state, indent=1))
    return 0 if state["postgresql"] == state["redis"] == "running" else 1


def command_destroy() -> int:
    """Stop the services and delete their data."""
    Local().destroy()
    return 0


def command_exec(arguments: list[str]) -> int:
    """Run a command while the services are up; stop them afterwards if nobody else uses them."""
    local = Local()
    services = local.up()
    environ = {**os.environ, "KARTOTEKA_SERVICES": json.dumps(asdict(services))}
    try:
        return subprocess.run(arguments, env=environ, check=False).returncode
    except KeyboardInterrupt:
        return 130
    finally:
        local.release()


COMMANDS = {"run": run, "up": command_up, "down": command_down, "status": command_status, "destroy": command_destroy}


def main() -> int:
    """Parse the command line and run one command."""
    parser = argparse.ArgumentParser(prog="python3 -m app.local", description=__doc__)
    parser.add_argument("command", choices=[*COMMANDS, "exec"])
    parser.add_argument("arguments", nargs=argparse.REMAINDER, help="the command for `exec`")
    options = parser.parse_args()
    try:
        if options.command == "exec":
            return command_exec([word for word in options.arguments if word != "--"])
        return COMMANDS[options.command]()
    except LocalError as error:
        print(error, file=sys.stderr)
        return 1


if __name__ == "__main__":
    sys.exit(main())
