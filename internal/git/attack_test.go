package git

import (
	"errors"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// missing is the id of an object that no repository has.
const missing = "1111111111111111111111111111111111111111"

// attacks plant a program in a real repository or in the caller's environment. Each is run twice: by plain git, which must fall for it
// (else the case proves nothing), and by this package, which must not.
var attacks = []struct {
	name  string
	plant func(s *scene)
	// args is the command that sets it off; stdin its input.
	args  []string
	stdin string
	// safe replaces the command on the hardened side where the package has a method of its own for it.
	safe func(s *scene) error
}{
	{name: "diff.external in the configuration", args: []string{"diff", "HEAD~", "HEAD"},
		plant: func(s *scene) { s.git("config", "diff.external", s.evil) }},
	{name: "diff.external with the flag turned on again", args: []string{"diff", "--ext-diff", "HEAD~", "HEAD"},
		plant: func(s *scene) { s.git("config", "diff.external", s.evil) }},
	{name: "GIT_EXTERNAL_DIFF in the environment", args: []string{"diff-tree", "-p", "--ext-diff", "HEAD~", "HEAD"},
		plant: func(s *scene) { s.t.Setenv("GIT_EXTERNAL_DIFF", s.evil) }},
	{name: "a diff driver's command", args: []string{"diff", "HEAD~", "HEAD"},
		plant: func(s *scene) {
			s.git("config", "diff.evil.command", s.evil)
			s.write(".gitattributes", "* diff=evil\n")
		}},
	{name: "textconv in diff", args: []string{"diff", "HEAD~", "HEAD"}, plant: plantTextconv},
	{name: "textconv in log", args: []string{"log", "-p"}, plant: plantTextconv},
	{name: "textconv in blame", args: []string{"blame", "HEAD", "--", "a.txt"}, plant: plantTextconv, safe: func(s *scene) error {
		_, err := Open(s.dir).Blame(s.t.Context(), "HEAD", "a.txt", []Span{{1, 1}})
		return err
	}},
	{name: "textconv in show", args: []string{"show", "HEAD"}, plant: plantTextconv},
	{name: "a clean filter", args: []string{"status"}, safe: uncommitted,
		plant: func(s *scene) { plantFilter(s, "filter.ev=il.clean") }},
	{name: "a filter process", args: []string{"status"}, safe: uncommitted,
		plant: func(s *scene) { plantFilter(s, "filter.ev=il.process") }},
	{name: "a required clean filter in an included file", args: []string{"status"}, safe: uncommitted,
		plant: func(s *scene) {
			plantFilter(s, "filter.ev=il.smudge")
			s.write(filepath.Join(s.home, "more"), "[filter \"ev=il\"]\n\tclean = "+s.evil+"\n\trequired = true\n")
			s.git("config", "include.path", filepath.Join(s.home, "more"))
		}},
	{name: "the reference-transaction hook", args: []string{"update-ref", "refs/heads/new", "HEAD"},
		plant: func(s *scene) { plantHook(s, ".git/hooks/reference-transaction") }},
	{name: "a hook in the folder of core.hooksPath", args: []string{"update-ref", "refs/heads/new", "HEAD"},
		plant: func(s *scene) {
			plantHook(s, ".git/own/reference-transaction")
			s.git("config", "core.hooksPath", filepath.Join(s.dir, ".git/own"))
		}},
	{name: "the post-index-change hook", args: []string{"update-index", "--force-write-index", "--refresh"},
		plant: func(s *scene) { plantHook(s, ".git/hooks/post-index-change") }},
	{name: "fsmonitor", args: []string{"status"},
		plant: func(s *scene) { s.git("config", "core.fsmonitor", s.evil) }},
	{name: "fsmonitor in an included file", args: []string{"status"},
		plant: func(s *scene) {
			s.write(filepath.Join(s.home, "more"), "[core]\n\tfsmonitor = "+s.evil+"\n")
			s.git("config", "include.path", filepath.Join(s.home, "more"))
		}},
	{name: "fsmonitor behind a .git file", args: []string{"status"},
		plant: func(s *scene) {
			s.git("config", "core.fsmonitor", s.evil)
			away := filepath.Join(s.home, "away")
			if err := os.Rename(filepath.Join(s.dir, ".git"), away); err != nil {
				s.t.Fatal(err)
			}
			s.write(".git", "gitdir: "+away+"\n")
		}},
	{name: "fsmonitor in the configuration of a work tree", args: []string{"status"},
		plant: func(s *scene) {
			s.git("config", "extensions.worktreeConfig", "true")
			s.git("config", "--worktree", "core.fsmonitor", s.evil)
		}},
	{name: "fsmonitor of a submodule", args: []string{"status"}, safe: uncommitted,
		plant: func(s *scene) {
			plantSubmodule(s)
			s.git("-C", "sub", "config", "core.fsmonitor", s.evil)
		}},
	{name: "diff.external of a submodule", args: []string{"diff", "HEAD~", "HEAD"},
		plant: func(s *scene) {
			plantSubmodule(s)
			s.git("-C", "sub", "config", "diff.external", s.evil)
			s.git("config", "diff.submodule", "diff")
		}},
	{name: "lazy fetch by ext:: with protocol.ext.allow=always", args: []string{"cat-file", "-p", missing},
		plant: func(s *scene) { plantPromisor(s, "url", "ext::"+s.evil) }},
	{name: "lazy fetch by ssh with core.sshCommand", args: []string{"cat-file", "-p", missing},
		plant: func(s *scene) {
			plantPromisor(s, "url", "ssh://host.invalid/x")
			s.git("config", "core.sshCommand", s.evil)
		}},
	{name: "lazy fetch from a folder with an upload-pack of its own", args: []string{"cat-file", "-p", missing},
		plant: func(s *scene) {
			plantPromisor(s, "url", s.dir)
			s.git("config", "remote.evil.uploadpack", s.evil)
		}},
	{name: "lazy fetch in the batch reader", args: []string{"cat-file", "--batch-command"},
		stdin: "contents " + missing + "\n",
		plant: func(s *scene) { plantPromisor(s, "url", "ext::"+s.evil) },
		safe: func(s *scene) error {
			if _, err := s.blobs().Read(missing, 1); !errors.Is(err, ErrMissing) {
				s.t.Errorf("reading a missing object of a partial clone: %v, want ErrMissing", err)
			}
			return nil
		}},
	{name: "fetch by ext:: with protocol.ext.allow=always", args: []string{"fetch", "evil"},
		plant: func(s *scene) { plantPromisor(s, "url", "ext::"+s.evil) }},
	{name: "fetch by ssh with core.sshCommand", args: []string{"fetch", "evil"},
		plant: func(s *scene) {
			plantPromisor(s, "url", "ssh://host.invalid/x")
			s.git("config", "core.sshCommand", s.evil)
		}},
	{name: "fetch from a folder with an upload-pack of its own", args: []string{"fetch", "evil"},
		plant: func(s *scene) {
			plantPromisor(s, "url", s.dir)
			s.git("config", "remote.evil.uploadpack", s.evil)
		}},
	{name: "gpg.program with log.showSignature", args: []string{"log"},
		plant: func(s *scene) {
			raw := s.git("cat-file", "commit", "HEAD")
			head, message, _ := strings.Cut(raw, "\n\n")
			s.write(filepath.Join(s.home, "commit"),
				head+"\ngpgsig -----BEGIN PGP SIGNATURE-----\n \n xx\n -----END PGP SIGNATURE-----\n\n"+message+"\n")
			s.git("update-ref", "HEAD", s.git("hash-object", "-t", "commit", "-w", filepath.Join(s.home, "commit")))
			s.git("config", "log.showSignature", "true")
			s.git("config", "gpg.program", s.evil)
		}},
	{name: "core.alternateRefsCommand", args: []string{"rev-list", "--alternate-refs", "--max-count=1"},
		plant: func(s *scene) {
			other := filepath.Join(s.home, "other")
			s.git("clone", "-q", "--bare", s.dir, other)
			s.write(".git/objects/info/alternates", filepath.Join(other, "objects")+"\n")
			s.git("config", "core.alternateRefsCommand", s.evil)
		}},
	{name: "credential.helper", args: []string{"credential", "fill"}, stdin: "url=https://host.invalid/\n\n",
		plant: func(s *scene) { s.git("config", "credential.helper", "!"+s.evil) },
		safe:  func(s *scene) error { return fill(s) }},
	{name: "core.askPass", args: []string{"credential", "fill"}, stdin: "url=https://host.invalid/\n\n",
		plant: func(s *scene) { s.git("config", "core.askPass", s.evil) },
		safe:  func(s *scene) error { return fill(s) }},
	{name: "GIT_CONFIG_COUNT in the environment", args: []string{"status"},
		plant: func(s *scene) {
			s.t.Setenv("GIT_CONFIG_COUNT", "1")
			s.t.Setenv("GIT_CONFIG_KEY_0", "core.fsmonitor")
			s.t.Setenv("GIT_CONFIG_VALUE_0", s.evil)
		}},
	{name: "GIT_CONFIG_PARAMETERS in the environment", args: []string{"diff", "HEAD~", "HEAD"},
		plant: func(s *scene) { s.t.Setenv("GIT_CONFIG_PARAMETERS", "'diff.external'='"+s.evil+"'") }},
	{name: "GIT_TRACE in the environment", args: []string{"rev-parse", "HEAD"},
		plant: func(s *scene) { s.t.Setenv("GIT_TRACE", s.marker) }},
	{name: "the person's own configuration", args: []string{"diff", "HEAD~", "HEAD"},
		plant: func(s *scene) {
			s.t.Setenv("HOME", s.home)
			s.write(filepath.Join(s.home, ".gitconfig"), "[diff]\n\texternal = "+s.evil+"\n")
		}},
	{name: "a revision that looks like an option", args: []string{"log", "--output=MARKER"},
		plant: func(*scene) {},
		safe: func(s *scene) error {
			name := "--output=" + s.marker
			if _, err := s.repo().Resolve(s.t.Context(), name); !errors.Is(err, ErrNoCommit) {
				s.t.Errorf("Resolve(%q) = %v, want ErrNoCommit", name, err)
			}
			if _, err := s.repo().Log(s.t.Context(), "", name, 5); err == nil {
				s.t.Errorf("Log accepted %q", name)
			}
			return s.repo().Diff(s.t.Context(), s.info(), name, name, func(r io.Reader) error { return nil })
		}},
}

// TestAttacks tries what an attacker would.
//
// Attack by the author: Hide lines from the diff (`.gitattributes`, replaced objects, external diff, text
// conversion): git runs hardened; a planted attack tests each switch. Also `internal/git/git_test.go`
// `TestAttributesCannotHideLines`, `TestReplacedAndGraftedHistoryIsNotBelieved`.
//
// Attack by the author: Run a program (hooks, fsmonitor, pager, filters, lazy fetch): git runs hardened. Also
// `cmd/lintel/testdata/script/story_hooks.txtar`; `cmd/lintel/testdata/script/story_lazy_fetch.txtar`.
func TestAttacks(t *testing.T) {
	for _, a := range attacks {
		t.Run(a.name, func(t *testing.T) {
			s := newScene(t)
			a.plant(s)
			s.ran()
			args := make([]string, len(a.args))
			for i, arg := range a.args {
				args[i] = strings.ReplaceAll(arg, "MARKER", s.marker)
			}
			control := s.plain(args...)
			control.Stdin = strings.NewReader(a.stdin)
			said, _ := control.CombinedOutput() // what matters is the marker, whatever the status
			if !s.ran() {
				t.Fatalf("plain git no longer falls for this attack, so the case proves nothing; it said:\n%s", said)
			}
			dirty(s) // the control may have refreshed the index
			var err error
			if a.safe != nil {
				err = a.safe(s)
			} else {
				_, err = s.repo().Run(t.Context(), strings.NewReader(a.stdin), a.args...)
			}
			if s.ran() {
				t.Errorf("the planted program ran (error: %v)", err)
			}
		})
	}
}

// dirty makes the work tree's file newer than the index knows, without changing its length.
func dirty(s *scene) { s.write("keep.txt", "peek\n") }

func uncommitted(s *scene) error {
	n, err := s.repo().Uncommitted(s.t.Context())
	if err != nil || n == 0 {
		s.t.Errorf("Uncommitted = %d, %v; want at least one path", n, err)
	}
	return err
}

func fill(s *scene) error {
	_, err := s.repo().Run(s.t.Context(), strings.NewReader("url=https://host.invalid/\n\n"), "credential", "fill")
	return err
}

func plantTextconv(s *scene) {
	s.git("config", "diff.evil.textconv", s.evil)
	s.write(".gitattributes", "* diff=evil\n")
}

func plantFilter(s *scene, key string) {
	s.git("config", key, s.evil)
	s.write(".gitattributes", "* filter=ev=il\n")
	dirty(s)
}

func plantHook(s *scene, path string) {
	s.write(path, "#!/bin/sh\ntouch "+s.marker+"\n")
	if err := os.Chmod(filepath.Join(s.dir, path), 0o755); err != nil {
		s.t.Fatal(err)
	}
}

func plantSubmodule(s *scene) {
	s.git("init", "-q", "-b", "main", "sub")
	s.write("sub/x", "1\n")
	s.git("-C", "sub", "add", "-A")
	s.git("-C", "sub", "commit", "-q", "-m", "x")
	s.write(".gitmodules", "[submodule \"sub\"]\n\tpath = sub\n\turl = ./sub\n")
	s.git("add", ".gitmodules", "sub")
	s.git("commit", "-q", "-m", "add sub")
	s.write("sub/x", "2\n")
	s.git("-C", "sub", "commit", "-q", "-a", "-m", "y")
	s.git("add", "sub")
	s.git("commit", "-q", "-m", "bump sub")
	s.write("sub/x", "3\n")
}

func plantPromisor(s *scene, key, value string) {
	s.git("config", "core.repositoryformatversion", "1")
	s.git("config", "extensions.partialClone", "evil")
	s.git("config", "remote.evil."+key, value)
	s.git("config", "remote.evil.promisor", "true")
	s.git("config", "remote.evil.partialclonefilter", "blob:none")
	for _, protocol := range []string{"ext", "ssh", "file"} {
		s.git("config", "protocol."+protocol+".allow", "always")
	}
}
