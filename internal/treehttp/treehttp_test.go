package treehttp

import (
	"context"
	"errors"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/lintel-review/lintel/internal/change"
	"github.com/lintel-review/lintel/internal/checkrun"
	"github.com/lintel-review/lintel/internal/git"
	"github.com/lintel-review/lintel/internal/tree"
)

type marks map[string]string

func (m marks) Mark(_ context.Context, name string) (string, error) { return m[name], nil }
func (m marks) FirstMark(_ context.Context, name, text string) (string, error) {
	if m[name] == "" {
		m[name] = text
	}
	return m[name], nil
}

// blind are marks that another server sets just after they were read.
type blind struct{ marks }

func (blind) Mark(context.Context, string) (string, error) { return "", nil }

// TestKey: the server makes the key once, a worker has the same, and without a server there is none.
func TestKey(t *testing.T) {
	t.Parallel()
	m := marks{}
	if _, err := ReadKey(t.Context(), m); err == nil || !strings.Contains(err.Error(), "checks.run: worker") {
		t.Error(err)
	}
	made, err := MakeKey(t.Context(), m)
	if err != nil {
		t.Fatal(err)
	}
	again, err := MakeKey(t.Context(), m)
	read, failed := ReadKey(t.Context(), m)
	now := time.Unix(1_700_000_000, 0)
	token := made.sign("sha256:a", now.Add(life))
	if errors.Join(err, failed) != nil || !again.valid("sha256:a", token, now) || !read.valid("sha256:a", token, now) {
		t.Errorf("three readings of one key differ: %v, %v", err, failed)
	}
	// Two servers that start at once have one key, whoever of them was first.
	if other, err := MakeKey(t.Context(), blind{m}); err != nil || !other.valid("sha256:a", token, now) {
		t.Errorf("a server that starts at the same moment has another key: %v", err)
	}
	if _, err := ReadKey(t.Context(), marks{keyMark: "short"}); err == nil {
		t.Error("a broken key is read")
	}
}

// TestToken: a token opens one run, for its time, and none that somebody else made or stretched opens anything.
func TestToken(t *testing.T) {
	t.Parallel()
	key, other := Key{[]byte("0123456789abcdef0123456789abcdef")}, Key{[]byte("another-89abcdef0123456789abcdef")}
	now := time.Unix(1_700_000_000, 0)
	good := key.sign("run", now.Add(life))
	_, mac, _ := strings.Cut(strings.TrimPrefix(good, "v1."), ".")
	for what, c := range map[string]struct {
		run, token string
		at         time.Time
		want       bool
	}{
		"now":                  {"run", good, now, true},
		"a moment before":      {"run", good, now.Add(life - time.Second), true},
		"its time is over":     {"run", good, now.Add(life), false},
		"another run":          {"ruin", good, now, false},
		"another key":          {"run", other.sign("run", now.Add(life)), now, false},
		"a later end":          {"run", "v1.1700009999." + mac, now, false},
		"signed for a year":    {"run", key.sign("run", now.AddDate(1, 0, 0)), now, false},
		"none":                 {"run", "", now, false},
		"no number":            {"run", "v1.x." + mac, now, false},
		"another version":      {"run", "v2" + strings.TrimPrefix(good, "v1"), now, false},
		"a run that ends in 0": {"run\x00trees", good, now, false},
	} {
		if key.valid(c.run, c.token, c.at) != c.want {
			t.Errorf("%s: it is not %v", what, c.want)
		}
	}
}

// site is a server with the mirror of one repository, in which one run waits.
type site struct {
	t      *testing.T
	key    Key
	now    time.Time
	head   string
	url    string
	served atomic.Int32
	fail   error
}

func newSite(t *testing.T) *site {
	t.Helper()
	s := &site{t: t, key: Key{[]byte("0123456789abcdef0123456789abcdef")}, now: time.Now()}
	dir := filepath.Join(t.TempDir(), "mirror")
	run := func(args ...string) string {
		cmd := exec.CommandContext(t.Context(), "git", append([]string{"-C", dir}, args...)...)
		cmd.Env = append(os.Environ(), "GIT_CONFIG_GLOBAL=/dev/null", "GIT_AUTHOR_NAME=w", "GIT_AUTHOR_EMAIL=w@example.com",
			"GIT_COMMITTER_NAME=w", "GIT_COMMITTER_EMAIL=w@example.com")
		out, err := cmd.CombinedOutput()
		if err != nil {
			t.Fatalf("git %q: %v: %s", args, err, out)
		}
		return strings.TrimSpace(string(out))
	}
	if err := os.MkdirAll(dir, 0o700); err != nil {
		t.Fatal(err)
	}
	run("init", "-q")
	if err := os.WriteFile(filepath.Join(dir, "a.go"), []byte("package a\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	run("add", ".")
	run("commit", "-q", "-m", "first")
	s.head = run("rev-parse", "HEAD")
	door, err := NewDoor(DoorOptions{
		Key: s.key,
		Run: func(_ context.Context, key string) (checkrun.Run, error) {
			if key != "waits" {
				return checkrun.Run{}, change.ErrNotFound
			}
			return checkrun.Run{Key: key}, nil
		},
		Commit: func([]byte) (checkrun.Commit, bool) { return checkrun.Commit{Head: s.head}, true },
		Serve: func(_ context.Context, _ change.Ref, commits []string, f func(*git.Repo) error) error {
			s.served.Add(1)
			if len(commits) != 1 || commits[0] != s.head {
				t.Errorf("the commits %q are asked for", commits)
			}
			return errors.Join(s.fail, f(git.Open(filepath.Join(dir, ".git"))))
		},
		Now: func() time.Time { return s.now },
		Log: slog.New(slog.NewTextHandler(t.Output(), nil)),
	})
	if err != nil {
		t.Fatal(err)
	}
	mux := http.NewServeMux()
	door.Route(mux)
	server := httptest.NewServer(mux)
	t.Cleanup(server.Close)
	s.url = server.URL
	return s
}

// get is what a worker gets of a run.
func (s *site) get(run string, key Key) (folder string, err error) {
	s.t.Helper()
	store, err := tree.Open(tree.Options{
		Folder: s.t.TempDir(), Quota: 1 << 30, MaxFiles: 1000, MaxBytes: 1 << 20, MaxMirror: 1 << 20, Now: time.Now,
	})
	if err != nil {
		s.t.Fatal(err)
	}
	s.t.Cleanup(func() { _ = store.Close() })
	trees := Trees{Store: store, Server: s.url + "/", Key: key, Now: func() time.Time { return s.now }}
	folder, release, err := trees.Get(s.t.Context(), checkrun.Run{Key: run, Ref: change.Ref{Key: change.Key{Forge: "github", RepoID: 7}}},
		checkrun.Commit{Head: s.head}, nil)
	if err == nil {
		s.t.Cleanup(release)
	}
	return folder, err
}

// TestFetch: a worker gets the files of a run that waits, and nobody gets those of another, or without the key.
func TestFetch(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	folder, err := s.get("waits", s.key)
	if err != nil {
		t.Fatal(err)
	}
	if text, err := os.ReadFile(filepath.Join(folder, "a.go")); err != nil || string(text) != "package a\n" {
		t.Errorf("%q, %v", text, err)
	}
	before := s.served.Load()
	if _, err := s.get("is over", s.key); err == nil {
		t.Error("a run for which nobody waits has files")
	}
	if _, err := s.get("waits", Key{[]byte("another-89abcdef0123456789abcdef")}); err == nil {
		t.Error("another key opens files")
	} else if strings.Contains(err.Error(), "v1.") {
		t.Errorf("the error holds a token: %v", err)
	}
	if s.served.Load() != before {
		t.Error("a mirror was opened for somebody without a token")
	}
}

// TestHalf: an answer that fails, at its beginning or half way, is none.
func TestHalf(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	s.fail = errors.New("the disk is full")
	if _, err := s.get("waits", s.key); err == nil {
		t.Error("half an answer is believed")
	}
}

// TestRequests: what is no request of git's is refused, before anything is served.
func TestRequests(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	for what, change := range map[string]func(*http.Request){
		"no gzip": func(r *http.Request) { r.Header.Set("Content-Encoding", "gzip") },
	} {
		req, err := http.NewRequestWithContext(t.Context(), http.MethodPost, s.url+prefix+"waits/git-upload-pack", strings.NewReader("x"))
		if err != nil {
			t.Fatal(err)
		}
		req.SetBasicAuth(user, s.key.sign("waits", s.now.Add(life)))
		change(req)
		resp, err := http.DefaultClient.Do(req)
		if err != nil {
			t.Fatal(err)
		}
		if err := resp.Body.Close(); err != nil || resp.StatusCode == http.StatusOK {
			t.Errorf("%s: %s, %v", what, resp.Status, err)
		}
	}
	if s.served.Load() != 0 {
		t.Error("it was served")
	}
}
