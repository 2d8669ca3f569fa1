package git

import (
	"encoding/base64"
	"errors"
	"net/http"
	"net/http/cgi"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"testing"
)

// host serves a repository by git's own HTTP server to who knows the password.
type host struct {
	mu       sync.Mutex
	sent     int64
	redirect string
	headers  []string
}

func (h *host) serve(t *testing.T, dir string) string {
	t.Helper()
	program, err := exec.LookPath("git")
	if err != nil {
		t.Fatal(err)
	}
	backend := &cgi.Handler{Path: program, Args: []string{"-c", "uploadpack.allowAnySHA1InWant=true", "http-backend"}, Env: []string{
		"GIT_PROJECT_ROOT=" + dir, "GIT_HTTP_EXPORT_ALL=1", "HOME=/nonexistent", "GIT_CONFIG_NOSYSTEM=1",
		"GIT_CONFIG_GLOBAL=/dev/null",
	}}
	s := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		h.mu.Lock()
		h.headers = append(h.headers, r.Header.Get("Authorization"))
		elsewhere := h.redirect
		h.mu.Unlock()
		switch {
		case elsewhere != "":
			http.Redirect(w, r, elsewhere+r.URL.RequestURI(), http.StatusMovedPermanently)
		case r.Header.Get("Authorization") != "Basic "+base64.StdEncoding.EncodeToString([]byte("x-access-token:s3cret")):
			w.WriteHeader(http.StatusUnauthorized)
		default:
			backend.ServeHTTP(&counted{w, h}, r)
		}
	}))
	t.Cleanup(s.Close)
	return s.URL
}

type counted struct {
	http.ResponseWriter
	h *host
}

func (c *counted) Write(p []byte) (int, error) {
	c.h.mu.Lock()
	c.h.sent += int64(len(p))
	c.h.mu.Unlock()
	return c.ResponseWriter.Write(p)
}

func (h *host) bytes() int64 {
	h.mu.Lock()
	defer h.mu.Unlock()
	return h.sent
}

// noise is text that does not compress.
func noise(seed, size int) string {
	b, x := make([]byte, size), uint32(seed)*2654435761+1
	for i := range b {
		x ^= x << 13
		x ^= x >> 17
		x ^= x << 5
		b[i] = "0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ+/"[x>>7&63]
	}
	return string(b)
}

// TestFetch: a second fetch brings only what changed, a password lands in no file, and what is not named is not there.
func TestFetch(t *testing.T) {
	s := newScene(t)
	first := s.commit("large", map[string]string{"large.txt": noise(1, 1<<20)})
	second := s.commit("small", map[string]string{"b.txt": "new\n"})
	h := &host{}
	remote := Remote{URL: h.serve(t, filepath.Dir(s.dir)) + "/repo/.git", User: "x-access-token", Password: "s3cret"}
	mirror, err := Init(t.Context(), filepath.Join(t.TempDir(), "mirror"))
	if err != nil {
		t.Fatal(err)
	}
	if err := mirror.Fetch(t.Context(), remote, []string{first}); err != nil {
		t.Fatal(err)
	}
	whole := h.bytes()
	if err := mirror.Fetch(t.Context(), remote, []string{second}); err != nil {
		t.Fatal(err)
	}
	if more := h.bytes() - whole; whole < 1<<19 || more > 1<<15 {
		t.Errorf("the first fetch took %d bytes, the second %d", whole, more)
	}
	for _, id := range []string{first, second} {
		if tree, err := mirror.TreeOf(t.Context(), id); err != nil || tree != s.git("rev-parse", id+"^{tree}") {
			t.Errorf("the tree of %s is %s: %v", id, tree, err)
		}
	}
	if _, err := mirror.TreeOf(t.Context(), missing); !errors.Is(err, ErrMissing) {
		t.Error(err)
	}
	if err := mirror.Shrink(t.Context(), []string{second}); err != nil {
		t.Fatal(err)
	}
	if _, err := mirror.TreeOf(t.Context(), first); !errors.Is(err, ErrMissing) {
		t.Errorf("a dropped commit is there: %v", err)
	}
	if _, err := mirror.TreeOf(t.Context(), second); err != nil {
		t.Errorf("a kept commit is gone: %v", err)
	}
	secrets := []string{"s3cret", base64.StdEncoding.EncodeToString([]byte("x-access-token:s3cret"))}
	err = filepath.WalkDir(mirror.Dir, func(path string, d os.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		body, err := os.ReadFile(path)
		for _, secret := range secrets {
			if strings.Contains(string(body), secret) {
				t.Errorf("the password is in %s", path)
			}
		}
		return err
	})
	if err != nil {
		t.Error(err)
	}
}

// TestFetchTellsNoStranger: a redirect is not followed, and an address with other protocols or a password is refused.
func TestFetchTellsNoStranger(t *testing.T) {
	s := newScene(t)
	stranger, h := &host{}, &host{}
	h.redirect = stranger.serve(t, filepath.Dir(s.dir))
	mirror, err := Init(t.Context(), filepath.Join(t.TempDir(), "mirror"))
	if err != nil {
		t.Fatal(err)
	}
	remote := Remote{URL: h.serve(t, filepath.Dir(s.dir)) + "/repo/.git", User: "x-access-token", Password: "s3cret"}
	head := s.git("rev-parse", "HEAD")
	if err := mirror.Fetch(t.Context(), remote, []string{head}); err == nil || strings.Contains(err.Error(), "s3cret") {
		t.Error(err)
	}
	if len(stranger.headers) > 0 {
		t.Errorf("a stranger was asked with %q", stranger.headers)
	}
	for _, address := range []string{"ext::sh -c true", "file://" + s.dir, s.dir, "https://a:b@example.com/x", "ssh://example.com/x", ""} {
		if err := mirror.Fetch(t.Context(), Remote{URL: address}, []string{head}); err == nil || !strings.Contains(err.Error(), "address") {
			t.Errorf("%q: %v", address, err)
		}
	}
	err = mirror.Fetch(t.Context(), remote, []string{"--upload-pack=x"})
	if err == nil || !strings.Contains(err.Error(), "not an object id") {
		t.Error(err)
	}
}

// TestMergeTrees: the tree of a merge needs no history, and a conflict is one.
func TestMergeTrees(t *testing.T) {
	s := newScene(t)
	mergeBase := s.git("rev-parse", "HEAD")
	base := s.commit("base", map[string]string{"base.txt": "base\n"})
	s.git("checkout", "-q", "-b", "topic", mergeBase)
	head := s.commit("head", map[string]string{"head.txt": "head\n"})
	clash := s.commit("clash", map[string]string{"base.txt": "another\n"})
	r := Open(s.dir)
	tree, err := r.MergeTrees(t.Context(), mergeBase, base, head)
	if err != nil {
		t.Fatal(err)
	}
	if got := s.git("ls-tree", "-r", "--name-only", tree); got != "a.txt\nbase.txt\nhead.txt\nkeep.txt" {
		t.Errorf("the merge holds %q", got)
	}
	if _, err := r.MergeTrees(t.Context(), mergeBase, base, clash); !errors.Is(err, ErrConflict) {
		t.Error(err)
	}
	if tree, err := r.MergeTrees(t.Context(), mergeBase, mergeBase, head); err != nil || tree != s.git("rev-parse", head+"^{tree}") {
		t.Error(tree, err)
	}
}
