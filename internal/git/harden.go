package git

import (
	"os"
	"path/filepath"
	"slices"
	"strings"
)

// hardening is put before every subcommand. Each line closes one way by which a repository could run a program
// of its own or reach the network while it is only being read, or (attributesFile, quotePath, the last two) bend or change what is read.
var hardening = []string{
	"-c", "core.hooksPath=/dev/null",
	"-c", "core.fsmonitor=false",
	"-c", "core.pager=cat",
	"-c", "core.attributesFile=/dev/null",
	"-c", "core.quotePath=true",
	"-c", "core.alternateRefsCommand=false",
	"-c", "credential.helper=",
	"-c", "diff.external=",
	"-c", "gc.auto=0",
	"-c", "maintenance.auto=false",
	"-c", "log.showSignature=false",
}

// environment is fixed: nothing of the caller's environment reaches git but the search path and the temporary folder.
//
// The empty GIT_ALLOW_PROTOCOL is what keeps git off the network: unlike protocol.allow it cannot be overruled by the
// repository's own protocol.ext.allow, and unlike GIT_NO_LAZY_FETCH (git 2.45) it is as old as 2.12.
func environment() []string {
	env := []string{
		"PATH=" + searchPath(os.Getenv("PATH")),
		"LC_ALL=C", "TZ=UTC", "HOME=/nonexistent", "XDG_CONFIG_HOME=/nonexistent",
		"GIT_CONFIG_NOSYSTEM=1", "GIT_CONFIG_GLOBAL=/dev/null", "GIT_ATTR_NOSYSTEM=1",
		"GIT_TERMINAL_PROMPT=0", "GIT_ASKPASS=false", "SSH_ASKPASS=false",
		"GIT_ALLOW_PROTOCOL=", "GIT_PROTOCOL_FROM_USER=0", "GIT_NO_LAZY_FETCH=1",
		"GIT_OPTIONAL_LOCKS=0", "GIT_NO_REPLACE_OBJECTS=1", "GIT_GRAFT_FILE=/nonexistent/grafts",
		"GIT_PAGER=cat", "GIT_LITERAL_PATHSPECS=1",
	}
	if dir := os.Getenv("TMPDIR"); dir != "" {
		env = append(env, "TMPDIR="+dir)
	}
	return env
}

// searchPath drops what is not absolute: git looks for its own helpers by the search path, and "." is the repository.
func searchPath(path string) string {
	return strings.Join(slices.DeleteFunc(filepath.SplitList(path), func(dir string) bool { return !filepath.IsAbs(dir) }),
		string(filepath.ListSeparator))
}

// diffing are the subcommands that run external diff and textconv programs named by attributes; only a flag stops them.
var diffing = []string{"diff", "diff-tree", "diff-index", "diff-files", "log", "show", "format-patch", "whatchanged"}

// closeDiffs puts the flags after a diffing subcommand, so that no caller can forget them.
func closeDiffs(args []string) []string {
	if len(args) == 0 || !slices.Contains(diffing, args[0]) {
		return args
	}
	return append([]string{args[0], "--no-ext-diff", "--no-textconv"}, args[1:]...)
}
