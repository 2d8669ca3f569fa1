package secrets

import (
	"encoding/base64"
	"encoding/binary"
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"
	"unicode/utf16"

	"github.com/lintel-review/lintel/internal/change"
	"github.com/lintel-review/lintel/internal/diff"
	"github.com/lintel-review/lintel/internal/settings"
)

// Secrets are put together here, so that no scanner of this repository takes them for real ones. They never were.
var (
	pat     = "ghp_" + "x7Qm2Vb9Kd4Rt8Yw3Zc6Nf1Lp5Hs0J2qrMoc"
	generic = "kzX93hdQm1falsevT77wLp20Rz"
	dash    = "-----"
)

// added is a file whose added lines begin at a line of the head, with context around them.
func added(path string, from int, lines ...string) diff.File {
	h := diff.Hunk{NewStart: from - 1, Lines: []diff.Line{{Op: diff.Context, Text: "before"}, {Op: diff.Delete, Text: "old " + pat}}}
	for _, l := range lines {
		h.Lines = append(h.Lines, diff.Line{Op: diff.Add, Text: l})
	}
	return diff.File{Path: path, Status: diff.Modified, State: diff.Text, Hunks: []diff.Hunk{h}}
}

func snapshot(files ...diff.File) *change.Snapshot {
	return &change.Snapshot{
		Files: files, FilesTotal: len(files), Repository: change.Repository{ID: 7},
		TakenAt: time.Date(2026, 11, 28, 23, 0, 0, 0, time.UTC),
	}
}

// places writes what was found as "format where path:line", and checks that no fact holds a secret.
func places(t *testing.T, f Facts, secrets ...string) string {
	t.Helper()
	raw, err := json.Marshal(f)
	if err != nil {
		t.Fatal(err)
	}
	for _, s := range append(secrets, pat, generic) {
		if strings.Contains(string(raw), s) {
			t.Errorf("the facts hold %q: %s", s, raw)
		}
	}
	var out []string
	for _, x := range f.Found {
		out = append(out, fmt.Sprintf("%s %s %s:%d", x.Format, x.Where, x.Path, x.Line))
	}
	return strings.Join(out, "; ")
}

func base64Of(s string) string { return base64.StdEncoding.EncodeToString([]byte(s)) }

// kept is a file with a line that stays, and one that is added below it.
func kept(path, line, below string) diff.File {
	f := added(path, 5, below)
	f.Hunks[0].Lines = append([]diff.Line{{Op: diff.Context, Text: line}}, f.Hunks[0].Lines...)
	return f
}

func renamed(f diff.File) diff.File {
	f.Status, f.OldPath = diff.Renamed, "old/"+f.Path
	return f
}

func TestAddedLines(t *testing.T) {
	twice := base64Of("v: " + base64Of("token="+pat+" ok") + " .")
	for name, c := range map[string]struct {
		file diff.File
		want string
	}{
		"nothing, and a removed line is no new leak": {added("a.go", 5, "x := 1"), ""},
		"a token in its line":                        {added("a.go", 5, "x := 1", "t := \""+pat+"\""), "github-pat line a.go:6"},
		"a line that stays":                          {kept("a.go", pat, "x := 1"), ""},
		"in a renamed file":                          {renamed(added("b_test.go", 5, "t := \""+pat+"\"")), "github-pat line b_test.go:5"},
		"with a carriage return":                     {added("a.go", 5, "t="+pat+"\r"), "github-pat line a.go:5"},
		"an allow comment does nothing":              {added("a.go", 5, pat+" // gitleaks:allow"), "github-pat line a.go:5"},
		"a lock file": {added("package-lock.json", 5, `"resolved": "https://x/?t=`+pat+`"`),
			"github-pat line package-lock.json:5"},
		"go.sum":                       {added("go.sum", 5, pat), "github-pat line go.sum:5"},
		"a vendored folder":            {added("node_modules/a/b.js", 5, pat), "github-pat line node_modules/a/b.js:5"},
		"a checksum in go.sum is none": {added("go.sum", 5, "x/keyring v1.0.0 h1:"+base64Of(generic+"0123456789")), ""},
		"false in a secret":            {added(".env", 5, "api_key = "+generic), "generic-api-key line .env:5"},
		"base64 in base64":             {added("a.yml", 5, "x: "+twice), "github-pat line a.yml:5"},
		"in two pieces":                {added("a.js", 5, `t = "`+pat[:15]+`" + "`+pat[15:]+`"`), "github-pat line a.js:5"},
		"in two pieces on two lines": {added("a.js", 5, `t = "`+pat[:15]+`" +`, ` "`+pat[15:]+`"`),
			"github-pat line a.js:5"},
		"in a notebook": {added("a.ipynb", 5, `  "api_key = \"`+generic+`\"\n",`),
			"generic-api-key line a.ipynb:5"},
		"a password of a word in a guide": {added("a.md", 5, `password: "api-token"`), ""},
		"a password in Terraform":         {added("a.tf", 5, `password = "hunter2-x9"`), "hashicorp-tf-password line a.tf:5"},
		"the example key of AWS":          {added("a.go", 5, "AKIAIOSFODNN7EXAMPLE"), ""},
		"a file that is not UTF-8":        {added("a.txt", 5, "\xff\xfe\xe9 "+pat+"\xe9"), "github-pat line a.txt:5"},
		"a minified line":                 {added("a.js", 5, strings.Repeat("var a=1;", 1<<16)+pat), "github-pat line a.js:5"},
	} {
		t.Run(name, func(t *testing.T) {
			f := Analyse(snapshot(c.file), settings.Secrets{}).Facts
			if got := places(t, f, twice); got != c.want || len(f.Unread) > 0 {
				t.Errorf("got %q, want %q; %+v", got, c.want, f.Unread)
			}
		})
	}
}

func TestTextsOfTheChange(t *testing.T) {
	s := snapshot(diff.File{Path: "keys/" + pat + ".txt", Status: diff.Added, State: diff.Empty})
	title, body := "feat: use "+pat, "one\ntwo "+pat
	s.Title, s.Body = &title, &body
	s.Commits, s.CommitsTotal = []change.Commit{{SHA: "c0ffee", Message: "fix\n\n" + pat}}, 2
	r := Analyse(s, settings.Secrets{})
	want := "github-pat path :0; github-pat title :1; github-pat body :2; github-pat commit :3"
	if got := places(t, r.Facts); got != want {
		t.Errorf("got  %s\nwant %s", got, want)
	}
	if r.Facts.CommitsComplete {
		t.Error("a commit is missing, and nothing says so")
	}
	first := r.Facts.Found[0]
	if first.Start != "ghp_" || len(first.Hash) != 6 || first.Provider != "GitHub" || first.Rotate == general {
		t.Errorf("%+v", first)
	}
	s.Repository.ID = 8
	if other := Analyse(s, settings.Secrets{}).Facts.Found[0]; other.Hash == first.Hash {
		t.Error("two repositories have one hash for a secret")
	}
	if got := r.Cover(title + " " + body); strings.Contains(got, pat) || !strings.Contains(got, placeholder) {
		t.Errorf("covered: %q", got)
	}
}

// key is a block like that of a private key, of no key: 32 zeros in the form of PKCS #8, and a comment.
func key() []string {
	return []string{
		dash + "BEGIN PRIVATE KEY" + dash, "MC4CAQAwBQYDK2VwBCIEIAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA",
		dash + "END PRIVATE KEY" + dash,
	}
}

func TestKeyBlocks(t *testing.T) {
	whole := added("id_rsa", 3, key()...)
	if got := places(t, Analyse(snapshot(whole), settings.Secrets{}).Facts, key()[1]); got != "private-key line id_rsa:3" {
		t.Errorf("whole: %q", got)
	}
	if w := Wants([]diff.File{whole}); len(w) != 0 {
		t.Errorf("what the diff shows is wanted: %+v", w)
	}
	begins := added("id_rsa", 3, key()[0])
	begins.Hunks[0].Lines = append(begins.Hunks[0].Lines, diff.Line{Op: diff.Context, Text: key()[1]})
	if w := Wants([]diff.File{begins}); len(w) != 1 || w[0].Side != change.AtHead || w[0].Path != "id_rsa" {
		t.Fatalf("%+v", w)
	}
	s := snapshot(begins)
	if f := Analyse(s, settings.Secrets{}).Facts; len(f.Unread) != 1 || f.Unread[0].Path != "id_rsa" {
		t.Errorf("without the head: %+v", f)
	}
	s.Contents = []change.Content{{Path: "id_rsa", Side: change.AtHead, Body: []byte("one\nbefore\n" + strings.Join(key(), "\n") + "\n")}}
	f := Analyse(s, settings.Secrets{}).Facts
	if got := places(t, f, key()[1]); got != "private-key key id_rsa:3" || len(f.Unread) > 0 {
		t.Errorf("with the head: %q, %+v", got, f.Unread)
	}
	// A line of code that only names the beginning is none.
	s.Contents[0].Body = []byte("one\nbefore\nconst begin = \"" + key()[0] + "\"\n")
	if f := Analyse(s, settings.Secrets{}).Facts; len(f.Found)+len(f.Unread) > 0 {
		t.Errorf("a constant: %+v", f)
	}
}

// What cannot be valid, and a key in a fixture, are listed apart. A token with its checksum is one wherever it stands.
func TestDoubtedAndFixtures(t *testing.T) {
	wrong := pat[:len(pat)-1] + "d"
	for name, c := range map[string]struct {
		file                     diff.File
		found, doubted, fixtures int
	}{
		"a wrong checksum":             {added("a.go", 5, wrong), 0, 1, 0},
		"a key":                        {added("deploy/server.key", 5, key()...), 1, 0, 0},
		"a key in a test":              {added("testdata/server.key", 5, key()...), 0, 0, 1},
		"in a file of test data":       {added("keys_test_data.go", 5, key()...), 0, 0, 1},
		"in a document":                {added("README.md", 5, key()...), 0, 0, 1},
		"in an example":                {added("examples/tls/a.pem", 5, key()...), 0, 0, 1},
		"in others' code":              {added("vendor/x/a.go", 5, key()...), 0, 0, 1},
		"latest is no test":            {added("latest/a.pem", 5, key()...), 1, 0, 0},
		"a value in a test":            {added("a_test.go", 5, `api_key = "`+generic+`"`), 0, 0, 1},
		"a provider's token in a test": {added("a_test.go", 5, pat), 1, 0, 0},
	} {
		f := Analyse(snapshot(c.file), settings.Secrets{}).Facts
		if len(f.Found) != c.found || len(f.Doubted) != c.doubted || len(f.Fixtures) != c.fixtures {
			t.Errorf("%s: %+v", name, f)
		}
	}
	f := Analyse(snapshot(added("a.go", 5, wrong)), settings.Secrets{}).Facts
	if f.Doubted[0].Doubt != "its checksum is wrong" || f.Doubted[0].Start != "ghp_" {
		t.Errorf("%+v", f.Doubted)
	}
}

func TestHiddenLines(t *testing.T) {
	hidden := diff.File{Path: "a.go", Status: diff.Modified, State: diff.TooLarge}
	if w := Wants([]diff.File{hidden}); len(w) != 2 {
		t.Fatalf("%+v", w)
	}
	s := snapshot(hidden)
	if f := Analyse(s, settings.Secrets{}).Facts; len(f.Unread) != 1 {
		t.Errorf("nothing was read, and nothing says so: %+v", f)
	}
	old := "ghp_" + "aaQm2Vb9Kd4Rt8Yw3Zc6Nf1Lp5Hs0J2bOfmU"
	s.Contents = []change.Content{
		{Path: "a.go", Side: change.AtBase, Body: []byte(old + "\n")},
		{Path: "a.go", Side: change.AtHead, Body: []byte(old + "\n\n" + pat + "\n")},
	}
	if got := places(t, Analyse(s, settings.Secrets{}).Facts); got != "github-pat line a.go:3" {
		t.Errorf("got %q", got)
	}
}

// git takes UTF-16 for binary; its text is searched all the same.
func TestUTF16(t *testing.T) {
	file := diff.File{Path: "deploy/.env", Status: diff.Added, State: diff.Binary}
	if w := Wants([]diff.File{file}); len(w) != 1 || w[0].Side != change.AtHead {
		t.Fatalf("%+v", w)
	}
	for name, order := range map[string]binary.ByteOrder{"\xff\xfe": binary.LittleEndian, "\xfe\xff": binary.BigEndian} {
		body := []byte(name)
		for _, c := range utf16.Encode([]rune("# 🔑\nT=" + pat + "\n")) {
			body = order.(binary.AppendByteOrder).AppendUint16(body, c)
		}
		c := change.Content{Path: file.Path, Side: change.AtHead, Blob: "b"}
		c.SetBody(body)
		s := snapshot(file)
		s.Contents = []change.Content{c}
		if f := Analyse(s, settings.Secrets{}).Facts; places(t, f) != "github-pat line deploy/.env:2" || len(f.Unread) > 0 {
			t.Errorf("%q: %+v, %+v", name, f.Found, f.Unread)
		}
	}
}

// A file that only pretends to be UTF-16 stays binary: its key would be hidden among letters that it has not.
func TestNoUTF16(t *testing.T) {
	file := diff.File{Path: "deploy/.env", Status: diff.Added, State: diff.Binary}
	for _, body := range []string{"\xff\xfeT=" + pat + "\x00\n", "\xfe\xff\x00T" + pat + "\x00\n\x00", "\xff\xfe" + "T\x00=\x00" + pat} {
		c := change.Content{Path: file.Path, Side: change.AtHead, Blob: "b"}
		c.SetBody([]byte(body))
		s := snapshot(file)
		s.Contents = []change.Content{c}
		if f := Analyse(s, settings.Secrets{}).Facts; len(f.Found)+len(f.Unread) == 0 {
			t.Errorf("%q passed", body)
		}
	}
}

func TestWhatIsNotSearchedIsNamed(t *testing.T) {
	wide := diff.File{Path: "deploy/.env", Status: diff.Added, State: diff.Binary}
	image := diff.File{Path: "a.png", Status: diff.Added, State: diff.Binary}
	long := added("big.txt", 1, strings.Repeat("x ", maxText/2)+pat)
	slow := added("slow.txt", 1, strings.Repeat("api_key=a1b2c3d4e5f6g7h8 ", 256<<10/25))
	var got []string
	for _, u := range Analyse(snapshot(wide, image, long, slow), settings.Secrets{}).Facts.Unread {
		got = append(got, u.Path)
	}
	if want := []string{"big.txt", "deploy/.env", "slow.txt"}; !slices.Equal(got, want) {
		t.Errorf("got %q, want %q", got, want)
	}
}

func TestAllow(t *testing.T) {
	s := snapshot(added("testdata/a.txt", 5, pat), added("src/a.txt", 5, pat))
	entry := settings.AllowedSecret{Format: "github-pat", Path: "testdata/**", Reason: "made up", Expires: "2026-11-28"}
	f := Analyse(s, settings.Secrets{Allow: []settings.AllowedSecret{entry}}).Facts
	if places(t, f) != "github-pat line src/a.txt:5" || len(f.Allowed) != 1 || f.Allowed[0].Reason != "made up" || len(f.Expired) > 0 {
		t.Errorf("%+v", f)
	}
	entry.Expires = "2026-11-27"
	f = Analyse(s, settings.Secrets{Allow: []settings.AllowedSecret{entry}}).Facts
	if len(f.Found) != 2 || len(f.Expired) != 1 || !f.Expired[0].Matters {
		t.Errorf("expired: %+v", f)
	}
	entry.Format, entry.Expires = "npm-access-token", "2027-01-01"
	if f = Analyse(s, settings.Secrets{Allow: []settings.AllowedSecret{entry}}).Facts; len(f.Found) != 2 {
		t.Errorf("another format: %+v", f)
	}
}

// Whatever a change adds, its facts are bounded, the same again, and hold no secret.
func FuzzAnalyse(f *testing.F) {
	f.Add("a.go", "t := \""+pat+"\"\n", "title", "message")
	f.Add(".env", "api_key = "+generic+"\n"+dash+"BEGIN PRIVATE KEY"+dash+"\n", pat, generic)
	f.Add("a.ipynb", "\"a\" + \"b\" \\\"c\n'' + ''\n\xff%41%zz\\u0041", "", "")
	f.Fuzz(func(t *testing.T, path, lines, title, message string) {
		file := added(path, 2, strings.Split(lines, "\n")...)
		s := snapshot(file)
		s.Title, s.Commits, s.CommitsTotal = &title, []change.Commit{{SHA: "a", Message: message}}, 1
		s.Contents = []change.Content{{Path: path, Side: change.AtHead, Body: []byte(lines)}}
		one, two := Analyse(s, settings.Secrets{}), Analyse(s, settings.Secrets{})
		a, err := json.Marshal(one.Facts)
		if err != nil {
			t.Fatal(err)
		}
		if b, err := json.Marshal(two.Facts); err != nil || string(a) != string(b) {
			t.Errorf("not the same again: %s\n%s", a, b)
		}
		for _, x := range one.Facts.Found {
			if x.Line < 0 || len(x.Start) > 4 || len(x.Hash) != 6 {
				t.Errorf("%+v", x)
			}
		}
		if Wants(s.Files); len(one.Facts.Found) > maxListed {
			t.Error("too many")
		}
	})
}

// TestAFileAsLargeAsIsSearched: a file whose lines the forge does not show is read up to the bound that the docs name.
func TestAFileAsLargeAsIsSearched(t *testing.T) {
	for _, w := range Wants([]diff.File{{Path: "package-lock.json", Status: diff.Modified, State: diff.TooLarge}}) {
		if w.Max != maxText {
			t.Errorf("%+v is read up to %d bytes, want %d", w, w.Max, int64(maxText))
		}
	}
}
