"""TinyTotVM: a virtual machine with processes, mailboxes and supervisors in the style of the BEAM."""

__version__ = "0.1.0"
