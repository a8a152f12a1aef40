"""The rows of the command language, a module for each kind of commands; ``debugger.commands`` puts them together."""
