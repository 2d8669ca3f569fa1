package secrets

import (
	"encoding/base64"
	"encoding/hex"
	"fmt"
	"runtime"
	"strings"
	"sync"
	"testing"
	"weak"
)

// Secrets are put together here, so that no scanner of this repository takes them for real ones. They never were.
var (
	pat     = "ghp_" + "x7Qm2Vb9Kd4Rt8Yw3Zc6Nf1Lp5Hs0J2qrMoc"
	generic = "kzX93hdQm1falsevT77wLp20Rz"
)

var shared Detector

// found writes the findings of a text as "rule:secret".
func found(t *testing.T, text string) string {
	t.Helper()
	fs, err := shared.Find(text)
	if err != nil {
		t.Fatal(err)
	}
	var out []string
	for _, f := range fs {
		out = append(out, f.Rule+":"+text[f.Start:f.End])
	}
	return strings.Join(out, " ")
}

func TestFind(t *testing.T) {
	b64 := base64.StdEncoding.EncodeToString([]byte("token=" + pat + " ok"))
	twice := base64.StdEncoding.EncodeToString([]byte("v: " + b64 + " ."))
	var escapes, percent strings.Builder
	for _, r := range pat {
		fmt.Fprintf(&escapes, `\u%04x`, r)
		fmt.Fprintf(&percent, "%%%02X", r)
	}
	for name, c := range map[string]struct{ in, want string }{
		"nothing":                  {"", ""},
		"white space":              {" \n\t", ""},
		"code":                     {"func token(s string) string { return s }\n", ""},
		"a token":                  {"a\nt := \"" + pat + "\"\n", "github-pat:" + pat},
		"twice":                    {pat + " " + pat, "github-pat:" + pat + " github-pat:" + pat},
		"false in a secret":        {`api_key = "` + generic + `"`, "generic-api-key:" + generic},
		"the word false":           {`api_key = "false"`, ""},
		"the example key of AWS":   {"id = AKIAIOSFODNN7EXAMPLE\n", ""},
		"a special rule, not both": {"api_key = \"" + pat + "\"", "github-pat:" + pat},
		"base64":                   {"x: " + b64 + "\n", "github-pat:" + b64},
		"base64 in base64":         {"x: " + twice + "\n", "github-pat:" + twice},
		"hexadecimal":              {"x: " + hex.EncodeToString([]byte(pat)) + ".", "github-pat:" + hex.EncodeToString([]byte(pat))},
		"percent-encoding":         {"x=" + percent.String() + "\n", "github-pat:" + percent.String()},
		"escapes of Unicode":       {"x=\"" + escapes.String() + "\"\n", "github-pat:" + escapes.String()},
		"after an encoding":        {"aGVsbG8gd29ybGQgMTIz " + pat, "github-pat:" + pat},
	} {
		t.Run(name, func(t *testing.T) {
			if got := found(t, c.in); got != c.want {
				t.Errorf("got  %s\nwant %s", got, c.want)
			}
		})
	}
}

// Rules are read when a text first needs them, and nothing holds them after Release.
func TestRelease(t *testing.T) {
	var d Detector
	if _, err := d.Find("  \n"); err != nil || d.rules != nil {
		t.Errorf("read for an empty text: %v", err)
	}
	for range 2 {
		if fs, err := d.Find(pat); err != nil || len(fs) != 1 {
			t.Fatalf("%v, %v", fs, err)
		}
		held := weak.Make(d.rules)
		d.Release()
		if runtime.GC(); held.Value() != nil {
			t.Error("the rules are still held")
		}
	}
}

func TestOneDetectorServesMany(t *testing.T) {
	var d Detector
	var all sync.WaitGroup
	for range 8 {
		all.Go(func() {
			for i := range 5 {
				if i == 3 {
					d.Release()
				}
				if fs, err := d.Find("x " + pat + "\n"); err != nil || len(fs) != 1 {
					t.Errorf("%v, %v", fs, err)
				}
			}
		})
	}
	all.Wait()
}

// Whatever the text, findings lie in it and are sorted.
func FuzzFind(f *testing.F) {
	f.Add("t = \"" + pat + "\"\n")
	f.Add("x: " + base64.StdEncoding.EncodeToString([]byte("token="+pat+" ok")) + "%41%zz\\u00e9U+0041 ")
	f.Add("api_key = \"" + generic + "\"\n\xff\x00")
	f.Fuzz(func(t *testing.T, text string) {
		fs, err := shared.Find(text)
		if err != nil {
			t.Fatal(err)
		}
		for i, x := range fs {
			if x.Start < 0 || x.End > len(text) || x.Start >= x.End || i > 0 && x.Start < fs[i-1].Start {
				t.Fatalf("%+v in %d bytes, after %+v", x, len(text), fs[:i])
			}
		}
	})
}

// plain is code without a secret, as most of what is read.
var plain = strings.Repeat("func (s *Store) Token(ctx context.Context, key string) (string, error) {\n"+
	"\treturn s.db.Get(ctx, \"token\", key)\n}\n\n", 90)

func BenchmarkFind(b *testing.B) {
	b.SetBytes(int64(len(plain)))
	for b.Loop() {
		if _, err := shared.Find(plain); err != nil {
			b.Fatal(err)
		}
	}
}
