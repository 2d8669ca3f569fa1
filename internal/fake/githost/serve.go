package githost

import (
	"context"
	"fmt"
	"io"
	"net/http"
	"net/http/cgi"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
)

// maxPush bounds what one request of a git client may send.
const maxPush = 1 << 30

// RefChange is one reference moved by a push. Old or New is "" when it did not or does not exist.
type RefChange struct{ Name, Old, New string }

var protocolVersion = regexp.MustCompile(`^version=[012]$`)

// ServeGit answers one smart HTTP request of a git client with git http-backend; service is the path below the
// repository: info/refs, git-upload-pack or git-receive-pack. The caller has checked who asks. After a push it returns
// what moved. Hooks never run. A push to a closed reference, or below one, is refused.
func (r *Repo) ServeGit(w http.ResponseWriter, req *http.Request, service, user string, closed ...string) ([]RefChange, error) {
	program, err := exec.LookPath("git")
	if err != nil {
		return nil, fmt.Errorf("serve git: %w", err)
	}
	body, err := spool(req, service == "git-receive-pack")
	if err != nil {
		return nil, err
	}
	defer body()
	abs, err := filepath.Abs(r.dir)
	if err != nil {
		return nil, fmt.Errorf("serve git: %w", err)
	}
	env := []string{
		"GIT_PROJECT_ROOT=" + filepath.Dir(abs), "GIT_HTTP_EXPORT_ALL=1", "REMOTE_USER=" + user,
		"HOME=/nonexistent", "GIT_CONFIG_NOSYSTEM=1", "GIT_CONFIG_GLOBAL=/dev/null", "GIT_TERMINAL_PROMPT=0", "LC_ALL=C", "TZ=UTC",
	}
	if v := req.Header.Get("Git-Protocol"); protocolVersion.MatchString(v) {
		env = append(env, "GIT_PROTOCOL="+v)
	}
	inner := req.Clone(req.Context())
	inner.URL.Path = "/" + filepath.Base(abs) + "/" + service
	inner.Header.Del("Authorization")
	args := []string{"-c", "core.hooksPath=/dev/null"}
	for _, name := range closed {
		args = append(args, "-c", "receive.hideRefs="+name)
	}
	handler := &cgi.Handler{Path: program, Args: append(args, "http-backend"), Env: env, Dir: abs, Root: "/"}
	if service != "git-receive-pack" {
		handler.ServeHTTP(w, inner)
		return nil, nil
	}
	r.push.Lock()
	defer r.push.Unlock()
	before := r.Refs("refs/")
	handler.ServeHTTP(w, inner)
	// The client may have gone: what it pushed is there all the same.
	if err := r.refresh(context.WithoutCancel(req.Context())); err != nil {
		return nil, err
	}
	return changes(before, r.Refs("refs/")), nil
}

func changes(before, after map[string]string) []RefChange {
	var out []RefChange
	for name, old := range before {
		if after[name] != old {
			out = append(out, RefChange{Name: name, Old: old, New: after[name]})
		}
	}
	for name, sha := range after {
		if _, ok := before[name]; !ok {
			out = append(out, RefChange{Name: name, New: sha})
		}
	}
	return out
}

// spool puts a body into a file: a chunked one, which CGI cannot carry, and always that of a push, so that a slow client
// does not hold the repository. The function returned removes it.
func spool(req *http.Request, always bool) (func(), error) {
	if req.Body == nil {
		return func() {}, nil
	}
	if req.ContentLength >= 0 && !always {
		req.Body = http.MaxBytesReader(nil, req.Body, maxPush)
		return func() {}, nil
	}
	f, err := os.CreateTemp("", "fakehub-push-*")
	if err != nil {
		return nil, fmt.Errorf("receive push: %w", err)
	}
	done := func() {
		f.Close()
		os.Remove(f.Name())
	}
	n, err := io.Copy(f, http.MaxBytesReader(nil, req.Body, maxPush))
	if err == nil {
		_, err = f.Seek(0, io.SeekStart)
	}
	if err != nil {
		done()
		return nil, fmt.Errorf("receive push: %w", err)
	}
	req.Body, req.ContentLength, req.TransferEncoding = f, n, nil
	return done, nil
}
