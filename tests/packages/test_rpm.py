"""The RPM's spec: rpmspec can read it."""

from building import SOURCE, VERSION, needs, succeed
from witness import holds, main


def spec_is_read():
    needs("rpmspec")
    said = succeed("rpmspec", "-P", SOURCE + "/packaging/skbtop.spec")
    holds("\nVersion:        %s\n" % VERSION in said, "the version: " + said)


if __name__ == "__main__":
    main([spec_is_read], 60)
