package pages

import (
	"io/fs"
	"net/url"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
)

var (
	inlineLink  = regexp.MustCompile(`\]\(([^)\s]+)\)`)
	picture     = regexp.MustCompile(`<(?:img|source)[^>]* (?:src|srcset)="([^"]+)"`)
	namedTest   = regexp.MustCompile("`((?:internal|cmd)/[a-z_/]+_test\\.go)`((?:,? `(?:Test|Fuzz)[A-Za-z0-9]+`)+)")
	oneTest     = regexp.MustCompile("`((?:Test|Fuzz)[A-Za-z0-9]+)`")
	namedPath   = regexp.MustCompile("`((?:cmd|deploy|docs|internal|policies|scripts)/[a-zA-Z0-9_./-]+[a-zA-Z0-9])`")
	headingLine = regexp.MustCompile(`(?m)^#+ +(.*)$`)
)

// pages are the texts for people, by path from the root. Those that are written from policies and settings are held
// elsewhere, but linked to here.
func pages(t *testing.T) map[string]string {
	t.Helper()
	root := os.DirFS("../..")
	all := map[string]string{}
	for _, pattern := range []string{"*.md", "docs/*.md", "docs/adr/*.md", "docs/guides/*.md", "docs/rules/*.md"} {
		names, err := fs.Glob(root, pattern)
		if err != nil {
			t.Fatal(err)
		}
		for _, name := range names {
			all[name] = readRoot(t, name)
		}
	}
	return all
}

// anchor is the name that GitHub gives a heading.
func anchor(heading string) string {
	heading = strings.ToLower(regexp.MustCompile(`[^\p{L}\p{N} _-]`).ReplaceAllString(strings.TrimSpace(heading), ""))
	return strings.ReplaceAll(heading, " ", "-")
}

var (
	codeInText  = regexp.MustCompile("(?s)```.*?\n *```|`[^`\n]*`")
	thisMachine = regexp.MustCompile(`https?://localhost[^\s)]*`)
)

// TestNobodysOwnMachineIsLinked: a bare address becomes a link where a page is shown, and that of a reader's own machine
// leads nowhere. The site refuses such a page.
func TestNobodysOwnMachineIsLinked(t *testing.T) {
	t.Parallel()
	for name, text := range pages(t) {
		for _, address := range thisMachine.FindAllString(codeInText.ReplaceAllString(text, ""), -1) {
			t.Errorf("%s links to %s: write it as code", name, address)
		}
	}
}

// TestLinks follows every link between the texts for people, to files and to headings.
func TestLinks(t *testing.T) {
	t.Parallel()
	all := pages(t)
	followed := 0
	for name, text := range all {
		for _, m := range append(inlineLink.FindAllStringSubmatch(text, -1), picture.FindAllStringSubmatch(text, -1)...) {
			u, err := url.Parse(m[1])
			if err != nil {
				t.Errorf("%s: %v", name, err)
				continue
			}
			if u.Scheme != "" || u.Host != "" {
				continue
			}
			followed++
			target := name
			if u.Path != "" {
				target = filepath.ToSlash(filepath.Join(filepath.Dir(name), u.Path))
				if _, err := os.Stat(filepath.Join("../..", target)); err != nil {
					t.Errorf("%s links to %s, which is not there", name, m[1])
					continue
				}
			}
			if u.Fragment == "" {
				continue
			}
			found := false
			for _, h := range headingLine.FindAllStringSubmatch(all[target], -1) {
				found = found || anchor(h[1]) == u.Fragment
			}
			if !found {
				t.Errorf("%s links to %s, and %s has no such heading", name, m[1], target)
			}
		}
	}
	if followed < 50 {
		t.Errorf("only %d links were followed, so little was tested", followed)
	}
}

// TestNamesInTheTexts: files that the texts name are there, and so are the tests that SECURITY.md and the records call as witnesses.
func TestNamesInTheTexts(t *testing.T) {
	t.Parallel()
	witnesses := 0
	for name, text := range pages(t) {
		if strings.HasPrefix(name, "docs/rules/") || name == "CHANGELOG.md" || name == "CONTRIBUTING.md" {
			continue // examples there name files that need not exist
		}
		for _, m := range namedPath.FindAllStringSubmatch(text, -1) {
			if _, err := os.Stat(filepath.Join("../..", m[1])); err != nil {
				t.Errorf("%s names %s, which is not there", name, m[1])
			}
		}
		for _, m := range namedTest.FindAllStringSubmatch(text, -1) {
			source := readRoot(t, m[1])
			for _, w := range oneTest.FindAllStringSubmatch(m[2], -1) {
				witnesses++
				if !strings.Contains(source, "func "+w[1]+"(") {
					t.Errorf("%s calls %s in %s as a witness, which is not there", name, w[1], m[1])
				}
			}
		}
	}
	if witnesses < 30 {
		t.Errorf("only %d tests were looked for, so little was tested", witnesses)
	}
}
