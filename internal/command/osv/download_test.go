package osv

import (
	"archive/zip"
	"bytes"
	"crypto/md5" //nolint:gosec // the server gives it
	"crypto/sha256"
	"encoding/base64"
	"encoding/hex"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/lintel-review/lintel/internal/osv"
	"github.com/lintel-review/lintel/internal/terminal"
)

// export is a zip with one record, and some ballast so that a connection can break in its middle.
func export(t *testing.T) []byte {
	t.Helper()
	var b bytes.Buffer
	z := zip.NewWriter(&b)
	for _, file := range [][2]string{
		{"GHSA-1.json", `{"id": "GHSA-1", "modified": "2026-03-01T00:00:00Z", "affected": [{"package":
			{"ecosystem": "npm", "name": "left"}, "versions": ["1.0.0"]}]}`},
		{"README.txt", strings.Repeat("ballast ", 1000)},
	} {
		w, err := z.CreateHeader(&zip.FileHeader{Name: file[0], Method: zip.Store})
		if err != nil {
			t.Fatal(err)
		}
		if _, err := io.WriteString(w, file[1]); err != nil {
			t.Fatal(err)
		}
	}
	if err := z.Close(); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

// answer is one answer of a mirror.
type answer func(m *mirror, w http.ResponseWriter, r *http.Request)

// mirror answers the requests for the export one after the other; the last answer is repeated.
type mirror struct {
	content  []byte
	answers  []answer
	requests []*http.Request
}

func (m *mirror) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	m.requests = append(m.requests, r)
	m.answers[min(len(m.requests), len(m.answers))-1](m, w, r)
}

// whole sends what was asked for, as servers of files do.
func whole(m *mirror, w http.ResponseWriter, r *http.Request) {
	w.Header().Set("ETag", `"one"`)
	http.ServeContent(w, r, "", time.Time{}, bytes.NewReader(m.content))
}

// cut breaks the connection after half of what was asked for.
func cut(m *mirror, w http.ResponseWriter, r *http.Request) {
	rest, begin := m.content, 0
	w.Header().Set("ETag", `"one"`)
	if _, err := fmt.Sscanf(r.Header.Get("Range"), "bytes=%d-", &begin); err == nil {
		rest = rest[begin:]
		w.Header().Set("Content-Range", fmt.Sprintf("bytes %d-%d/%d", begin, len(m.content)-1, len(m.content)))
	}
	w.Header().Set("Content-Length", fmt.Sprint(len(rest)))
	if begin > 0 {
		w.WriteHeader(http.StatusPartialContent)
	}
	_, _ = w.Write(rest[:len(rest)/2])
	if f, ok := w.(http.Flusher); ok {
		f.Flush()
	}
	panic(http.ErrAbortHandler)
}

// other is a new version, which came out while the old one was on its way.
func other(m *mirror, w http.ResponseWriter, r *http.Request) {
	r.Header.Del("Range") // If-Range does not hold any more
	w.Header().Set("ETag", `"two"`)
	http.ServeContent(w, r, "", time.Time{}, bytes.NewReader(m.content))
}

func status(code int) answer {
	return func(_ *mirror, w http.ResponseWriter, _ *http.Request) { http.Error(w, "no", code) }
}

// hashed gives the MD5 of a text, which is that of the export or not.
func hashed(of []byte) answer {
	return func(m *mirror, w http.ResponseWriter, r *http.Request) {
		sum := md5.Sum(of) //nolint:gosec // see above
		w.Header().Add("X-Goog-Hash", "crc32c=AAAAAA==")
		w.Header().Add("X-Goog-Hash", "md5="+base64.StdEncoding.EncodeToString(sum[:]))
		whole(m, w, r)
	}
}

type run struct {
	m        *mirror
	database string
	out, err bytes.Buffer
	address  string
	sums     string
	stall    time.Duration
}

func (u *run) update(t *testing.T, answers ...answer) error {
	t.Helper()
	u.m = &mirror{content: export(t), answers: answers}
	server := httptest.NewServer(u.m)
	t.Cleanup(server.Close)
	u.address = server.URL
	u.database = filepath.Join(t.TempDir(), "osv.db")
	if err := os.WriteFile(u.database, []byte("the old one"), 0o600); err != nil {
		t.Fatal(err)
	}
	term := terminal.Terminal{Out: &u.out, Err: &u.err}
	d := newDownloader(term)
	d.wait = time.Microsecond
	if u.stall > 0 {
		d.stall = u.stall
	}
	c := Update{Database: u.database, From: server.URL, Ecosystem: []string{"npm"}, Sums: u.sums}
	return c.run(t.Context(), term, d, time.Date(2026, 3, 2, 0, 0, 0, 0, time.UTC))
}

// holds reports whether the database has the record.
func (u *run) holds(t *testing.T) bool {
	t.Helper()
	content, err := os.ReadFile(u.database)
	if err != nil {
		t.Fatal(err)
	}
	db, err := osv.Open(bytes.NewReader(content), int64(len(content)))
	return err == nil && len(db.About().Ecosystems) == 1 && db.About().Ecosystems[0].Records == 1
}

func TestDownload(t *testing.T) {
	t.Parallel()
	content := export(t)
	for name, c := range map[string]struct {
		answers  []answer
		requests int
		// refused is the beginning of the reason; empty when the database is written.
		refused string
	}{
		"at once":                     {answers: []answer{whole}, requests: 1},
		"cut twice, and gone on":      {answers: []answer{cut, cut, whole}, requests: 3},
		"cut, then a new version":     {answers: []answer{cut, other}, requests: 2},
		"a server that is tired":      {answers: []answer{status(503), status(429), whole}, requests: 3},
		"cut, tired, and gone on":     {answers: []answer{cut, status(500), whole}, requests: 3},
		"the checksum of the server":  {answers: []answer{hashed(content)}, requests: 1},
		"another checksum":            {answers: []answer{hashed([]byte("x"))}, requests: 1, refused: "what came has the MD5"},
		"cut for good":                {answers: []answer{cut}, requests: tries, refused: "after 8 tries"},
		"not there":                   {answers: []answer{status(404)}, requests: 1, refused: "the server answers 404"},
		"it wants a password":         {answers: []answer{status(401)}, requests: 1, refused: "the server answers 401"},
		"another part than asked for": {answers: []answer{cut, wrongPart}, requests: 2, refused: "the server sends another part"},
		"a page of a proxy, no zip":   {answers: []answer{page}, requests: 1, refused: "npm/all.zip is no whole zip"},
		"redirects without end":       {answers: []answer{around}, refused: "redirects more than ten times"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			var u run
			err := u.update(t, c.answers...)
			if c.requests > 0 && len(u.m.requests) != c.requests {
				t.Errorf("%d requests, want %d", len(u.m.requests), c.requests)
			}
			if c.refused == "" {
				if err != nil || !u.holds(t) {
					t.Errorf("the database was not written: %v\n%s", err, u.err.String())
				}
				return
			}
			if err == nil || !strings.Contains(err.Error(), c.refused) {
				t.Errorf("error %v, want one with %q", err, c.refused)
			}
			if old, _ := os.ReadFile(u.database); string(old) != "the old one" {
				t.Errorf("the old database is gone: %q", old)
			}
		})
	}
}

func wrongPart(_ *mirror, w http.ResponseWriter, _ *http.Request) {
	w.Header().Set("Content-Range", "bytes 0-9/100")
	w.WriteHeader(http.StatusPartialContent)
	_, _ = io.WriteString(w, "0123456789")
}

func page(_ *mirror, w http.ResponseWriter, _ *http.Request) {
	_, _ = io.WriteString(w, "<html>Please accept the terms of this network.</html>")
}

func around(_ *mirror, w http.ResponseWriter, r *http.Request) {
	http.Redirect(w, r, r.URL.Path+"?again", http.StatusFound)
}

// TestDownloadGoesOnWhereItStopped holds that only the rest is asked for, and only of the same version.
func TestDownloadGoesOnWhereItStopped(t *testing.T) {
	t.Parallel()
	var u run
	if err := u.update(t, cut, whole); err != nil {
		t.Fatal(err)
	}
	second := u.m.requests[1].Header
	if second.Get("Range") != fmt.Sprintf("bytes=%d-", len(u.m.content)/2) || second.Get("If-Range") != `"one"` {
		t.Errorf("the second request has Range %q, If-Range %q", second.Get("Range"), second.Get("If-Range"))
	}
	if !strings.Contains(u.err.String(), "broke off after") {
		t.Errorf("nobody was told: %q", u.err.String())
	}
}

// TestDownloadThatStalls holds that a server that sends nothing is given up, whatever it promised.
func TestDownloadThatStalls(t *testing.T) {
	t.Parallel()
	var stalled atomic.Int32
	silent := func(_ *mirror, w http.ResponseWriter, r *http.Request) {
		stalled.Add(1)
		w.Header().Set("Content-Length", "1000")
		w.WriteHeader(http.StatusOK)
		w.(http.Flusher).Flush() //nolint:forcetypeassert // httptest's is one
		<-r.Context().Done()
	}
	u := run{stall: 20 * time.Millisecond}
	err := u.update(t, silent)
	if err == nil || !strings.Contains(err.Error(), "after 8 tries") || stalled.Load() == 0 {
		t.Errorf("after %d silent answers: %v", stalled.Load(), err)
	}
}

// TestDownloadAgainstSums holds a list of checksums that came another way against what the server sends.
func TestDownloadAgainstSums(t *testing.T) {
	t.Parallel()
	content := export(t)
	for name, c := range map[string]struct {
		sums    string
		refused string
	}{
		"the same": {sum(content) + "  npm/all.zip\n", ""},
		"another":  {sum([]byte("x")) + "  npm/all.zip\n", "npm/all.zip has the SHA-256"},
		"unnamed":  {sum(content) + "  PyPI/all.zip\n", "the list of checksums does not name npm/all.zip"},
		"no list":  {"<html>\n", "line 1 of"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			u := run{sums: filepath.Join(t.TempDir(), "sums")}
			if err := os.WriteFile(u.sums, []byte(c.sums), 0o600); err != nil {
				t.Fatal(err)
			}
			err := u.update(t, whole)
			if c.refused == "" && (err != nil || !u.holds(t)) {
				t.Errorf("the database was not written: %v", err)
			}
			if c.refused != "" && (err == nil || !strings.Contains(err.Error(), c.refused)) {
				t.Errorf("error %v, want one with %q", err, c.refused)
			}
		})
	}
}

func sum(content []byte) string {
	s := sha256.Sum256(content)
	return hex.EncodeToString(s[:])
}

// TestDownloadStaysWithTLS holds that nobody on the way can take a download out of TLS, and that addresses without it
// need checksums.
func TestDownloadStaysWithTLS(t *testing.T) {
	t.Parallel()
	plain, tls := mustParse(t, "http://mirror.example.com/x"), mustParse(t, "https://mirror.example.com/x")
	if err := safeRedirect(&http.Request{URL: plain}, []*http.Request{{URL: tls}}); err == nil {
		t.Error("a redirect out of TLS was followed")
	}
	if err := safeRedirect(&http.Request{URL: tls}, []*http.Request{{URL: plain}}); err != nil {
		t.Errorf("a redirect into TLS was refused: %v", err)
	}
	for from, c := range map[string]struct{ summed, ok bool }{
		"https://mirror.example.com/osv/":   {false, true},
		"http://mirror.example.com/osv":     {false, false},
		"http://127.0.0.1:8080/osv":         {false, true},
		"https://mirror.example.com/?a=b":   {false, false},
		"https://":                          {false, false},
		"http://mirror.example.com/osv/npm": {true, true},
	} {
		if _, err := address(from, c.summed); (err == nil) != c.ok {
			t.Errorf("%s with checksums %v: %v", from, c.summed, err)
		}
	}
}

func mustParse(t *testing.T, address string) *url.URL {
	t.Helper()
	u, err := url.Parse(address)
	if err != nil {
		t.Fatal(err)
	}
	return u
}
