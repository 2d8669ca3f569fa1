package cluster

import (
	"bufio"
	"bytes"
	"encoding/base64"
	"encoding/json"
	"encoding/pem"
	"errors"
	"io"
	"net/http"
	"net/http/httptest"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"sync/atomic"
	"testing"
	"testing/iotest"
)

func write(t *testing.T, folder, name, text string) string {
	t.Helper()
	path := filepath.Join(folder, name)
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}

func authority(s *httptest.Server) string {
	return string(pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: s.Certificate().Raw}))
}

// TestAPod is how a pod finds its cluster: address, authority, namespace, and a token that the kubelet replaces meanwhile,
// which goes to the cluster alone.
func TestAPod(t *testing.T) {
	t.Parallel()
	var token atomic.Value
	elsewhere := httptest.NewTLSServer(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
		t.Errorf("a request went elsewhere, with %q", r.Header.Get("Authorization"))
	}))
	defer elsewhere.Close()
	busy := 2
	server := httptest.NewTLSServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		token.Store(r.Header.Get("Authorization"))
		switch {
		case r.URL.Path == "/apis/batch/v1/namespaces/checks/jobs/away":
			http.Redirect(w, r, elsewhere.URL, http.StatusTemporaryRedirect)
		case r.URL.Path == "/apis/batch/v1/namespaces/checks/jobs/bad":
			w.WriteHeader(http.StatusUnprocessableEntity)
			_, _ = io.WriteString(
				w,
				`{"message":"spec: wrong\n::error::`+strings.Repeat("x", 1000)+`","reason":"Invalid"}`,
			)
		case busy > 0:
			busy--
			w.WriteHeader(http.StatusTooManyRequests)
		default:
			_, _ = io.WriteString(w, `{"a":1}`)
		}
	}))
	defer server.Close()
	at, err := url.Parse(server.URL)
	if err != nil {
		t.Fatal(err)
	}
	folder := t.TempDir()
	write(t, folder, "ca.crt", authority(server))
	write(t, folder, "namespace", "checks\n")
	write(t, folder, "token", "one\n")
	env := map[string]string{
		"KUBERNETES_SERVICE_HOST": at.Hostname(),
		"KUBERNETES_SERVICE_PORT": at.Port(),
		"KUBECONFIG":              "/nonexistent",
	}
	c, err := Open(Options{Env: func(k string) string { return env[k] }, Pod: folder})
	if err != nil {
		t.Fatal(err)
	}
	var got struct{ A int }
	for _, want := range []string{"one", "two"} {
		write(t, folder, "token", want)
		if err := c.Get(t.Context(), c.Path("batch/v1", "jobs"), nil, &got); err != nil || got.A != 1 ||
			token.Load() != "Bearer "+want {
			t.Errorf("%v, %+v, by the token %q", err, got, token.Load())
		}
	}
	if err := c.Get(t.Context(), c.Path("batch/v1", "jobs", "away"), nil, nil); !Is(err, http.StatusTemporaryRedirect) {
		t.Errorf("a redirect: %v", err)
	}
	err = c.Get(t.Context(), c.Path("batch/v1", "jobs", "bad"), nil, nil)
	if err == nil || !strings.Contains(err.Error(), "status 422: spec: wrong ::error::") || len(err.Error()) > 500 ||
		strings.Contains(err.Error(), "\n") {
		t.Errorf("a refusal: %v", err)
	}
	write(t, folder, "token", "three\nX-Header: y")
	if err := c.Get(t.Context(), c.Path("core", "pods"), nil, nil); err == nil ||
		!strings.Contains(err.Error(), "holds none") {
		t.Errorf("a token of two lines: %v", err)
	}
	if _, err := Open(Options{Env: func(string) string { return "" }}); !errors.Is(err, errNowhere) {
		t.Errorf("without a cluster: %v", err)
	}
	// A server whose certificate the pod's authority did not sign.
	write(t, folder, "token", "one")
	write(t, folder, "ca.crt", otherAuthority)
	if c, err = Open(Options{Env: func(k string) string { return env[k] }, Pod: folder}); err != nil {
		t.Fatal(err)
	}
	if err := c.call(t.Context(), http.MethodGet, "/version", nil, nil, nil); err == nil ||
		!strings.Contains(err.Error(), "certificate") {
		t.Errorf("another authority: %v", err)
	}
}

// TestKubeconfig: what is not done here is said, and no secret of the file is repeated.
func TestKubeconfig(t *testing.T) {
	t.Parallel()
	const good = "current-context: c\nclusters: [{name: k, cluster: {server: 'https://k.example:6443', " +
		"certificate-authority-data: \"CA\"}}]\nusers: [{name: u, user: {token: hunter2}}]\n" +
		"contexts: [{name: c, context: {cluster: k, user: u}}]\npreferences: {}\n"
	filled := func(s string) string {
		return strings.Replace(s, "CA", base64.StdEncoding.EncodeToString([]byte(otherAuthority)), 1)
	}
	folder := t.TempDir()
	write(t, folder, "token", "of-a-file")
	for name, x := range map[string]struct{ old, new, want string }{
		"as it is":             {"", "", ""},
		"token in a file":      {"token: hunter2", "tokenFile: token", ""},
		"no context":           {"current-context: c", "current-context: d", `no context "d"`},
		"no current one":       {"current-context: c\n", "", "no current-context"},
		"no cluster":           {"context: {cluster: k", "context: {cluster: l", `no cluster "l"`},
		"no user":              {"user: u}", "user: v}", `no user "v"`},
		"http":                 {"https://k", "http://k", "none that begins with https://"},
		"unchecked":            {"{server:", "{insecure-skip-tls-verify: true, server:", "insecure-skip-tls-verify"},
		"a proxy":              {"{server:", "{proxy-url: 'http://p', server:", "proxy-url"},
		"a program":            {"token: hunter2", "exec: {command: aws}", "runs a program"},
		"a provider":           {"token: hunter2", "auth-provider: {name: gcp}", "auth-provider"},
		"a password":           {"token: hunter2", "username: a, password: hunter2", "gives a password"},
		"somebody else":        {"token: hunter2", "as: root", "acts as somebody else"},
		"no base64":            {`"CA"`, "'*'", "no base64"},
		"two lines":            {"token: hunter2", `token: "hunter2\nX: y"`, "white space"},
		"a certificate's key":  {"token: hunter2", "client-certificate: token, client-key: token", "client-certificate"},
		"no YAML":              {"users:", "users: [", "is no YAML"},
		"no kubeconfig":        {"current-context: c", "current-context: [c]", "no kubeconfig"},
		"an authority of junk": {`certificate-authority-data: "CA"`, "certificate-authority: token", "authority cannot be read"},
	} {
		config := strings.Replace(good, x.old, x.new, 1)
		if x.want != "" && config == good {
			t.Fatalf("%s changes nothing", name)
		}
		file := write(t, folder, "config", filled(config))
		c, err := Open(Options{Kubeconfig: file})
		if x.want == "" {
			if err != nil || c.Namespace() != "default" || c.Server() != "https://k.example:6443" {
				t.Errorf("%s: %v", name, err)
			}
			continue
		}
		if err == nil || !strings.Contains(err.Error(), x.want) || strings.Contains(err.Error(), "hunter2") {
			t.Errorf("%s: %v, want %q", name, err, x.want)
		}
	}
	if _, err := Open(Options{Kubeconfig: write(t, folder, "config", filled(good)), Namespace: "a/b"}); err == nil {
		t.Error("a namespace with a slash")
	}
}

// took reads frames and gives what each channel had.
func took(from io.Reader) (map[byte]string, string, error) {
	all, pongs := map[byte]string{}, ""
	f := frames{
		from: bufio.NewReader(from),
		take: func(channel byte, p []byte) error { all[channel] += string(p); return nil },
		pong: func(p []byte) error { pongs += string(p); return nil },
	}
	return all, pongs, f.read()
}

// TestFrames: however messages are cut into frames and reads, each channel gets what is its own.
func TestFrames(t *testing.T) {
	t.Parallel()
	all := []byte{
		0x82,
		1,
		1,
		0x82,
		3,
		1,
		'a',
		'b',
		0x02,
		2,
		2,
		'x',
		0x89,
		1,
		'p',
		0x00,
		0,
		0x80,
		1,
		'y',
		0x82,
		126,
		0,
		2,
		1,
		'c',
		0x88,
		2,
		3,
		232,
		9,
	}
	for _, cut := range []func(io.Reader) io.Reader{asIs, iotest.OneByteReader, iotest.HalfReader} {
		from := cut(bytes.NewReader(all))
		got, pongs, err := took(from)
		if !errors.Is(err, io.EOF) || len(got) != 2 || got[1] != "abc" || got[2] != "xy" || pongs != "p" {
			t.Errorf("%q, pongs %q, %v", got, pongs, err)
		}
	}
	for name, bad := range map[string][]byte{
		"masked": {0x82, 0x81, 0, 0, 0, 0, 1}, "an extension": {0xc2, 1, 1}, "too large": {0x82, 127, 0, 0, 0, 0, 0xff, 0, 0, 0},
		"negative": {0x82, 127, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff}, "no kind": {0x83, 0},
		"nothing to go on with":    {0x80, 1, 1},
		"a message within another": {0x02, 1, 1, 0x02, 1, 1}, "a long ping": {0x89, 126, 0, 200}, "a ping in parts": {0x09, 0},
	} {
		if _, _, err := took(bytes.NewReader(bad)); err == nil || errors.Is(err, io.EOF) ||
			errors.Is(err, io.ErrUnexpectedEOF) {
			t.Errorf("%s: %v", name, err)
		}
	}
}

func asIs(r io.Reader) io.Reader { return r }

// FuzzFrames: whatever a server sends, no more comes out than went in, and the end is an error.
func FuzzFrames(f *testing.F) {
	f.Add([]byte{0x82, 3, 1, 'a', 'b', 0x88, 0})
	f.Add([]byte{0x02, 126, 0, 1, 2, 0x89, 1, 'p', 0x80, 127, 0, 0, 0, 0, 0, 0, 0, 2, 'x', 'y'})
	f.Fuzz(func(t *testing.T, in []byte) {
		all, pongs, err := took(bytes.NewReader(in))
		out := len(pongs)
		for _, s := range all {
			out += len(s)
		}
		if err == nil || out > len(in) {
			t.Errorf("%d bytes of %d, %v", out, len(in), err)
		}
	})
}

// FuzzKubeconfig: a file never panics, and leads to no server without TLS.
func FuzzKubeconfig(f *testing.F) {
	f.Add(
		"current-context: c\nclusters: [{name: k, cluster: {server: 'https://k'}}]\ncontexts: [{name: c, context: {cluster: k}}]\n",
	)
	f.Fuzz(func(t *testing.T, in string) {
		found, err := parseKubeconfig("config", []byte(in))
		if err != nil {
			return
		}
		if c, err := found.client("a"); err == nil && c.server.Scheme != "https" {
			t.Errorf("it leads to %s", c.server)
		}
	})
}

// FuzzEvents: whatever a watch sends, each object is told whole or not at all.
func FuzzEvents(f *testing.F) {
	f.Add(`{"type":"ADDED","object":{"a":1}}{"type":"BOOKMARK"}{"type":"MODIFIED","object":null}{"type":"ERROR"}`)
	f.Fuzz(func(t *testing.T, in string) {
		_, err := events(strings.NewReader(in), func(o json.RawMessage) (bool, error) {
			if o != nil && !json.Valid(o) {
				t.Errorf("%q", o)
			}
			return false, nil
		})
		if err != nil {
			t.Error(err)
		}
	})
}

// TestNoWebSocket: a proxy that answers a page instead is no stream.
func TestNoWebSocket(t *testing.T) {
	t.Parallel()
	for name, answer := range map[string]string{
		"a page": "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok",
		"another key": "HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n" +
			"Sec-WebSocket-Protocol: v4.channel.k8s.io\r\nSec-WebSocket-Accept: x\r\n\r\n",
		"another word": "HTTP/1.1 101 Switching Protocols\r\nUpgrade: SPDY/3.1\r\nConnection: Upgrade\r\n\r\n",
	} {
		server := httptest.NewTLSServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
			c, _, err := http.NewResponseController(w).Hijack()
			if err == nil {
				_, _ = io.WriteString(c, answer)
				_ = c.Close()
			}
		}))
		found := access{server: server.URL, authority: []byte(authority(server))}
		c, err := found.client("a")
		if err == nil {
			err = c.Attach(t.Context(), "p", "c", Streams{Out: io.Discard, Err: io.Discard})
		}
		if err == nil {
			t.Errorf("%s: it is taken for a stream", name)
		}
		server.Close()
	}
}

// otherAuthority signed nothing here.
const otherAuthority = `-----BEGIN CERTIFICATE-----
MIIBdjCCAR2gAwIBAgIUc1uzmPEp3EoBg5/XXeL8tfsH3yMwCgYIKoZIzj0EAwIw
EDEOMAwGA1UEAwwFb3RoZXIwIBcNMjYxMTI5MjIxNjQ1WhgPMjEyNjExMDUyMjE2
NDVaMBAxDjAMBgNVBAMMBW90aGVyMFkwEwYHKoZIzj0CAQYIKoZIzj0DAQcDQgAE
LrMTkvLPQaZJB4e2OfvZU+c/O9KI+uzK7WK97pu+cj27lKgIDLfwQ4Fs6NM/Xicv
Mjoy6oirPgxbLEZnaC3urKNTMFEwHQYDVR0OBBYEFAULR5tLjkxQHO+n3HkSVMoM
Qdi4MB8GA1UdIwQYMBaAFAULR5tLjkxQHO+n3HkSVMoMQdi4MA8GA1UdEwEB/wQF
MAMBAf8wCgYIKoZIzj0EAwIDRwAwRAIgRwq6/txGp78V+TzOnmhPTt1rkzsiiw6J
/z5izi+u8EACICfyEj/7eWumRgJtxFGFxWBChoqwTn4QrDoPTm/XgFcZ
-----END CERTIFICATE-----
`
