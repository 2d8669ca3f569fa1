package uploader

import (
	"bytes"
	"compress/gzip"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/lintel-review/lintel/internal/ci"
)

// receiver answers one request after the other, and remembers them.
type receiver struct {
	*Client
	server  *httptest.Server
	answers []func(http.ResponseWriter)
	got     []string
	waits   []time.Duration
}

func newReceiver(t *testing.T, answers ...func(http.ResponseWriter)) *receiver {
	d := &receiver{answers: answers}
	d.server = httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		body, err := io.ReadAll(r.Body)
		if err != nil {
			t.Error(err)
		}
		if r.Header.Get("Content-Encoding") == "gzip" {
			z, err := gzip.NewReader(bytes.NewReader(body))
			if err != nil {
				t.Error(err)
				return
			}
			if body, err = io.ReadAll(z); err != nil {
				t.Error(err)
			}
		}
		d.got = append(d.got, fmt.Sprintf("%s %s %s %q", r.Method, r.URL.RequestURI(), r.Header.Get("Authorization"), body))
		d.answers[min(len(d.got), len(d.answers))-1](w)
	}))
	t.Cleanup(d.server.Close)
	d.Client = &Client{Server: d.server.URL + "/", HTTP: NewHTTP(), Attempts: 4,
		Token: func(context.Context) (string, error) { return fmt.Sprintf("t%d", len(d.got)+1), nil },
		Sleep: func(_ context.Context, w time.Duration) error { d.waits = append(d.waits, w); return nil }}
	return d
}

func status(code int, body string, headers ...string) func(http.ResponseWriter) {
	return func(w http.ResponseWriter) {
		for i := 0; i < len(headers); i += 2 {
			w.Header().Set(headers[i], headers[i+1])
		}
		w.WriteHeader(code)
		io.WriteString(w, body)
	}
}

func packed(t *testing.T, text string) Report {
	t.Helper()
	body, encoding, _, err := Pack(strings.NewReader(text))
	if err != nil {
		t.Fatal(err)
	}
	return Report{Kind: "coverage", Format: "auto", Flag: "unit", Part: "3", Base: true, Name: "c.out", Body: body, Encoding: encoding}
}

var about = ci.Target{SHA: "aaa", Measured: "bbb", Repository: "acme/shop", Run: "7", Job: "test (1)", Attempt: 2}

func TestSend(t *testing.T) {
	d := newReceiver(t, status(202, `{"outcome":"stored","kind":"coverage","format":"go","changes":1,"notes":["a"]}`))
	answer, err := d.Send(t.Context(), about, packed(t, "mode: set\n"))
	if err != nil || answer.Format != "go" || answer.Changes != 1 {
		t.Fatalf("%+v %v", answer, err)
	}
	want := `POST ` +
		`/api/v1/reports?attempt=2&base=true&flag=unit&format=auto&job=test+%281%29&kind=coverage&measured_sha=bbb&part=` +
		`3&repository=acme%2Fshop&run=7&sha=aaa Bearer t1 "mode: set\n"`
	if len(d.got) != 1 || d.got[0] != want {
		t.Errorf("got  %s\nwant %s", d.got, want)
	}
	if _, err := d.Finalise(t.Context(), ci.Target{SHA: "aaa", Measured: "aaa"}); err != nil ||
		d.got[1] != `POST /api/v1/reports/finalise?measured_sha=aaa&sha=aaa Bearer t2 ""` {
		t.Errorf("%v %s", err, d.got[1])
	}
}

// TestFaultsAreTriedAgain holds the waits: they double, are lengthened at random, and are never shorter than the server asks.
func TestFaultsAreTriedAgain(t *testing.T) {
	d := newReceiver(t, status(503, `{"message":"busy"}`, "Retry-After", "7"), status(500, "oops"), status(429, "", "Retry-After", "soon"),
		status(200, "{}"))
	if _, err := d.Send(t.Context(), about, packed(t, "x")); err != nil {
		t.Fatal(err)
	}
	if len(d.got) != 4 || len(d.waits) != 3 || d.waits[0] != 7*time.Second || d.waits[1] < 2*time.Second ||
		d.waits[1] >= 3*time.Second || d.waits[2] < 4*time.Second || d.waits[2] >= 6*time.Second {
		t.Errorf("%d tries, waits %v", len(d.got), d.waits)
	}
	if !strings.Contains(d.got[3], "Bearer t4") || !strings.HasSuffix(d.got[3], `"x"`) {
		t.Errorf("the last try is %s", d.got[3])
	}
}

func TestGivenUp(t *testing.T) {
	d := newReceiver(t, status(502, `<html>Bad Gateway`, "Retry-After", "99999"))
	_, err := d.Send(t.Context(), about, packed(t, "x"))
	if err == nil || !strings.Contains(err.Error(), "given up after 4 tries: the server answers 502: Bad Gateway") ||
		d.waits[0] != maxWait {
		t.Errorf("%v, waits %v", err, d.waits)
	}
	d.server.Close()
	if _, err = d.Send(t.Context(), about, packed(t, "x")); err == nil || strings.Contains(err.Error(), "api/v1") ||
		strings.Contains(err.Error(), "t2") {
		t.Errorf("%v", err)
	}
}

// TestRefusals are not tried again, and say what to do.
func TestRefusals(t *testing.T) {
	for name, tc := range map[string]struct {
		answer func(http.ResponseWriter)
		want   string
	}{
		"Lintel's": {status(409, `{"error":"head_moved","message":"the pull request has a newer head","remedy":"nothing"}`),
			"the server refused it (409): the pull request has a newer head\nto fix it: nothing"},
		"hostile": {status(422, `{"message":"a\u001b[31mb\u202ec"}`), "the server refused it (422): a[31mbc"},
		"a proxy's": {status(413, "<html>"),
			"the server refused it (413): the report is larger than the server, or a proxy before it, takes\nto fix it: " +
				"split it by --part, or let whoever runs it raise the limit"},
		"elsewhere": {status(302, "", "Location", "https://login.example/"),
			"the server refused it (302): it points elsewhere, to https://login.example/\nto fix it: name the address " +
				"of the Lintel server itself with --server"},
		"a portal": {status(200, "<html>Sign in"),
			"the server refused it (200): its answer is not Lintel's\nto fix it: name the address of the Lintel server " +
				"itself with --server"},
	} {
		t.Run(name, func(t *testing.T) {
			d := newReceiver(t, tc.answer)
			_, err := d.Send(t.Context(), about, packed(t, "x"))
			if err == nil || err.Error() != tc.want || len(d.got) != 1 {
				t.Errorf("after %d tries:\n%v\nwant\n%s", len(d.got), err, tc.want)
			}
		})
	}
}

func TestPack(t *testing.T) {
	var z bytes.Buffer
	w := gzip.NewWriter(&z)
	io.WriteString(w, "mode: set\n")
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	for name, tc := range map[string]struct {
		in, encoding string
	}{"text": {"mode: set\n", "gzip"}, "short": {"{}", "gzip"}, "gzip": {z.String(), "gzip"}, "zstd": {"\x28\xb5\x2f\xfdxx", "zstd"}} {
		body, encoding, plain, err := Pack(strings.NewReader(tc.in))
		if err != nil || encoding != tc.encoding || plain != int64(len(tc.in)) {
			t.Errorf("%s: %s %d %v", name, encoding, plain, err)
		}
		if same := string(body) == tc.in; same != (name == "gzip" || name == "zstd") {
			t.Errorf("%s: sent as it is: %v", name, same)
		}
	}
	if _, _, plain, err := Pack(strings.NewReader("")); plain != 0 || err != nil {
		t.Error(plain, err)
	}
	broken := errors.New("broken")
	if _, _, _, err := Pack(io.MultiReader(strings.NewReader("some text"), failing{broken})); !errors.Is(err, broken) {
		t.Error(err)
	}
}

type failing struct{ err error }

func (f failing) Read([]byte) (int, error) { return 0, f.err }

func TestActionsToken(t *testing.T) {
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Query().Get("audience") != "https://lintel.example" || r.URL.Query().Get("api-version") != "2" ||
			r.Header.Get("Authorization") != "Bearer key" {
			w.WriteHeader(http.StatusForbidden)
			return
		}
		io.WriteString(w, `{"value":"jwt"}`)
	}))
	defer server.Close()
	if token, err := ActionsToken(server.Client(), server.URL+"?api-version=2", "key",
		"https://lintel.example")(t.Context()); err != nil || token != "jwt" {
		t.Error(token, err)
	}
	if _, err := ActionsToken(server.Client(), server.URL, "secret-key", "https://lintel.example")(t.Context()); err == nil ||
		strings.Contains(err.Error(), "secret-key") {
		t.Error(err)
	}
}

func TestArtifact(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "a", "b")
	for range 2 {
		if err := WriteArtifact(dir, about, packed(t, "x")); err != nil {
			t.Fatal(err)
		}
	}
	text, err := os.ReadFile(filepath.Join(dir, Manifest))
	if err != nil {
		t.Fatal(err)
	}
	var m manifest
	if err := json.Unmarshal(text, &m); err != nil || m.Version != 1 || len(m.Reports) != 2 {
		t.Fatalf("%s %v", text, err)
	}
	if want := (manifestEntry{
		File:     "report-2",
		Kind:     "coverage",
		Format:   "auto",
		Flag:     "unit",
		Part:     "3",
		Measured: "bbb",
		Job:      "test (1)",
	}); m.Reports[1] != want {
		t.Errorf("%+v", m.Reports[1])
	}
	if err := os.WriteFile(filepath.Join(dir, Manifest), []byte(`{"version":9}`), 0o600); err != nil {
		t.Fatal(err)
	}
	if err := WriteArtifact(dir, about, packed(t, "x")); err == nil {
		t.Error("another version's list was written over")
	}
}
