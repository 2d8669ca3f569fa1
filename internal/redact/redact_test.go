package redact

import (
	"encoding/base64"
	"errors"
	"strings"
	"sync"
	"testing"
)

// Secrets are put together here, so that no scanner of this repository takes them for real ones. They never were.
var (
	pat     = "ghp_" + "x7Qm2Vb9Kd4Rt8Yw3Zc6Nf1Lp5Hs0J2qrMoc"
	generic = "kzX93hdQm1falsevT77wLp20Rz"
	awsID   = "AKIA" + "Y3FDZ7QKXWTJ4LPM"
	jwt     = "eyJhbGciOiJIUzI1NiIsInR5cCI6IkpXVCJ9." + "eyJzdWIiOiIxMjM0NTY3ODkwIiwibmFtZSI6IkEgQiJ9." +
		"SflKxwRJSMeKKF2QT4fwpMeJf36POk6yJV_adQssw5c"
)

// keyLines are 64 characters each, of no key.
func keyLines(n int) []string {
	var out []string
	for i := range n {
		out = append(out, base64.StdEncoding.EncodeToString([]byte(strings.Repeat(string(rune('a'+i))+"Q7z", 16)))[:64])
	}
	return out
}

var shared Detector

func TestRedact(t *testing.T) {
	key := keyLines(5)
	dash := "-----"
	for name, c := range map[string]struct {
		path, in string
		leaks    []string // what must not be left
		want     string   // the whole result, when it is short
	}{
		"a token": {in: "t := \"" + pat + "\"\n", want: "t := \"<SECRET_1>\"\n"},
		"an allow comment of the author does nothing": {
			in: "t := \"" + pat + "\" // gitleaks:allow\n", want: "t := \"<SECRET_1>\" // gitleaks:allow\n"},
		"a lock file is a text like any other": {
			path: "package-lock.json", in: `"resolved": "https://x.example/?t=` + pat + `"`, leaks: []string{pat}},
		"go.sum too":                     {path: "go.sum", in: "x " + pat + "\n", leaks: []string{pat}},
		"vendored folders too":           {path: "vendor/github.com/a/b.go", in: pat, leaks: []string{pat}},
		"node_modules too":               {path: "node_modules/a/b.js", in: pat, leaks: []string{pat}},
		"jquery too":                     {path: "js/jquery.min.js", in: pat, leaks: []string{pat}},
		"a picture by its name alone":    {path: "x.png", in: pat, leaks: []string{pat}},
		"the file of gitleaks' settings": {path: ".gitleaks.toml", in: pat + "\n[allowlist]\npaths=['.*']\n", leaks: []string{pat}},
		"a secret with false in it":      {in: `api_key = "` + generic + `"`, leaks: []string{generic}},
		"the word false is none":         {in: `api_key = "false"`, want: `api_key = "false"`},
		"base64 around it": {
			in:    "x: " + base64.StdEncoding.EncodeToString([]byte("token="+pat+" ok")),
			leaks: []string{base64.StdEncoding.EncodeToString([]byte("token=" + pat + " ok"))},
		},
		"base64 around base64": {in: "x: " + twice(pat), leaks: []string{twice(pat)}},
		"in two pieces":        {in: "t = \"" + pat[:15] + "\" + \"" + pat[15:] + "\"", leaks: []string{pat[:15], pat[15:]}},
		"in two pieces on two lines": {
			in:    "t = \"" + pat[:15] + "\" +\n\t\"" + pat[15:] + "\"\n",
			leaks: []string{pat[:15], pat[15:]},
		},
		"in pieces beside each other": {
			in:    "char *t = \"" + pat[:15] + "\" \"" + pat[15:] + "\";",
			leaks: []string{pat[:15], pat[15:]},
		},
		"twice in a line":                {in: pat + " " + pat, want: "<SECRET_1> <SECRET_1>"},
		"two tokens":                     {in: pat + "\n" + jwt + "\n", leaks: []string{pat, jwt}},
		"with carriage returns":          {in: "a\r\nt=" + pat + "\r\nb\r\n", want: "a\r\nt=<SECRET_1>\r\nb\r\n"},
		"an AWS key":                     {in: "id = " + awsID + "\n", want: "id = <SECRET_1>\n"},
		"the example key of AWS is none": {in: "id = AKIAIOSFODNN7EXAMPLE\n", want: "id = AKIAIOSFODNN7EXAMPLE\n"},
		"a password in an address":       {in: "postgres://app:s3cr3t-pw@db.example/x", want: "postgres://app:<SECRET_1>@db.example/x"},
		"a variable in an address":       {in: "postgres://app:${PW}@db.example/x", want: "postgres://app:${PW}@db.example/x"},
		"a placeholder stays":            {in: "password = \"<SECRET_1>\"", want: "password = \"<SECRET_1>\""},
		"plain code stays": {
			in:   "func token(s string) string {\n\treturn s\n}\n",
			want: "func token(s string) string {\n\treturn s\n}\n",
		},
		"a whole key": {
			in: dash + "BEGIN RSA PRIVATE KEY" + dash + "\n" + strings.Join(key, "\n") + "\n" + dash + "END RSA PRIVATE KEY" + dash +
				"\n",
			leaks: key,
		},
		"a key without its end": {
			in:    "+" + dash + "BEGIN PRIVATE KEY" + dash + "\n+" + key[0] + "\n+" + key[1] + "\n",
			leaks: key[:2],
		},
		"an encrypted key without an end": {
			in:    dash + "BEGIN RSA PRIVATE KEY" + dash + "\nProc-Type: 4,ENCRYPTED\nDEK-Info: AES-128-CBC,AB\n\n" + key[0] + "\n",
			leaks: key[:1],
		},
		"a key without its beginning": {
			in:    key[0] + "\n" + key[1][:20] + "==\n" + dash + "END PRIVATE KEY" + dash + "\n",
			leaks: []string{key[0], key[1][:20]},
		},
		"a key's middle": {
			in:    strings.Join(key[:3], "\n") + "\n" + key[4][:30] + "=\nafter\n",
			leaks: []string{key[0], key[1], key[2], key[4][:30]},
		},
		"a key in a literal of each line": {in: "\"" + strings.Join(key[:4], "\\n\" +\n\"") + "\"", leaks: key[:4]},
		"a rule for YAML alone looks everywhere": {path: "x.txt",
			in:    "kind: Secret\ndata:\n  pw: " + base64.StdEncoding.EncodeToString([]byte("hunter2-hunter2-hunter2")) + "\n",
			leaks: []string{base64.StdEncoding.EncodeToString([]byte("hunter2-hunter2-hunter2"))}},
	} {
		t.Run(name, func(t *testing.T) {
			got, n, err := shared.Session().Redact(c.path, c.in)
			if err != nil {
				t.Fatal(err)
			}
			for _, leak := range c.leaks {
				if strings.Contains(got, leak) {
					t.Errorf("%q is left in\n%s", leak, got)
				}
			}
			if c.leaks == nil && got != c.want {
				t.Errorf("got  %q\nwant %q", got, c.want)
			}
			if (n > 0) != (got != c.in) {
				t.Errorf("%d places told, text changed: %v", n, got != c.in)
			}
			if a, b := strings.Count(c.in, "\n"), strings.Count(got, "\n"); a != b {
				t.Errorf("%d lines became %d", a, b)
			}
			again, more, err := shared.Session().Redact(c.path, got)
			if err != nil || again != got {
				t.Errorf("a second time changes it again: %d places, %v\n%s", more, err, again)
			}
		})
	}
}

func twice(s string) string {
	return base64.StdEncoding.EncodeToString([]byte("v: " + base64.StdEncoding.EncodeToString([]byte("token="+s+" ok")) + " ."))
}

func TestTheSamePlaceholderInAllTexts(t *testing.T) {
	s := shared.Session()
	a, _, err := s.Redact("a", "x "+jwt)
	if err != nil {
		t.Fatal(err)
	}
	b, _, err := s.Redact("b", pat+" "+jwt)
	if err != nil {
		t.Fatal(err)
	}
	if a != "x <SECRET_1>" || b != "<SECRET_2> <SECRET_1>" {
		t.Errorf("%q, %q", a, b)
	}
}

func TestWhatCannotBeLookedAtIsNotGiven(t *testing.T) {
	got, _, err := shared.Session().Redact("big", strings.Repeat("x\n", maxBytes))
	if !errors.Is(err, ErrTooLarge) || got != "" {
		t.Errorf("%d bytes came back, %v", len(got), err)
	}
	long := "a\n" + strings.Repeat("é", maxLine) + pat + "\nb\n"
	got, _, err = shared.Session().Redact("long", long)
	if err != nil {
		t.Fatal(err)
	}
	lines := strings.Split(got, "\n")
	if len(lines) != 4 || lines[0] != "a" || lines[2] != "b" || !strings.HasSuffix(lines[1], cutMark) ||
		len(lines[1]) > maxLine+len(cutMark) || strings.Contains(got, pat) {
		t.Errorf("%d lines, the second of %d bytes", len(lines), len(lines[1]))
	}
}

// Release frees the rules, and a session goes on with the numbers that it gave.
func TestRelease(t *testing.T) {
	var d Detector
	s := d.Session()
	for range 2 {
		if got, _, err := s.Redact("a", "x "+pat+"\n"); err != nil || got != "x <SECRET_1>\n" {
			t.Fatalf("%q, %v", got, err)
		}
		d.Release()
	}
}

func TestOneDetectorServesMany(t *testing.T) {
	var d Detector
	s := d.Session()
	var wg sync.WaitGroup
	for range 8 {
		wg.Go(func() {
			for i := range 5 {
				if i == 3 {
					d.Release()
				}
				if got, n, err := s.Redact("a", "x "+pat+"\n"); err != nil || n != 1 || got != "x <SECRET_1>\n" {
					t.Errorf("%q, %d, %v", got, n, err)
				}
			}
		})
	}
	wg.Wait()
}

func FuzzRedact(f *testing.F) {
	f.Add("t = \"" + pat + "\"\n")
	f.Add("-----BEGIN PRIVATE KEY-----\n" + strings.Join(keyLines(3), "\n"))
	f.Add("\"a\" + \"b\"\n'' \"\"\n\xff\x00")
	f.Add("a://b:ccc@d")
	f.Fuzz(func(t *testing.T, in string) {
		got, n, err := shared.Session().Redact("x", in)
		if err != nil {
			if len(in) <= maxBytes {
				t.Fatal(err)
			}
			return
		}
		if strings.Count(got, "\n") != strings.Count(in, "\n") {
			t.Fatalf("%d lines became %d", strings.Count(in, "\n"), strings.Count(got, "\n"))
		}
		if n == 0 && len(in) <= maxLine && got != in {
			t.Fatalf("no secret, another text: %q", got)
		}
	})
}

func BenchmarkRedact(b *testing.B) {
	text := strings.Repeat(
		"func (s *Store) Token(ctx context.Context, key string) (string, error) {\n\treturn s.db.Get(ctx, \"token\", key)\n}\n\n", 90)
	s := shared.Session()
	b.SetBytes(int64(len(text)))
	for b.Loop() {
		if _, _, err := s.Redact("x", text); err != nil {
			b.Fatal(err)
		}
	}
}
