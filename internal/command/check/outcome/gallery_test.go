package outcome

import (
	"encoding/json"
	"fmt"
	"html"
	"net/url"
	"regexp"
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/lintel-review/lintel/internal/builtin"
	"github.com/lintel-review/lintel/internal/effect"
	"github.com/lintel-review/lintel/internal/fake/github/page"
	"github.com/lintel-review/lintel/internal/finding"
	"github.com/lintel-review/lintel/internal/markdown"
	"github.com/lintel-review/lintel/internal/policy"
	"github.com/lintel-review/lintel/internal/render"
	"github.com/lintel-review/lintel/internal/render/contract"
	"github.com/lintel-review/lintel/internal/render/data"
)

// names are file names and words that others may choose, each a way to be taken for something else.
var names = map[string]string{
	"backtick":           "a`b.go",
	"many backticks":     "``` `` ````.go",
	"backtick at an end": "`",
	"NUL":                "a\x00b.go",
	"escape":             "\x1b[31mred\x1b[0m\x1b]0;title\x07.go",
	"C1 control":         "a\u009b31mb\u0085c.go",
	"newline":            "a\n::error file=x::y\nb.go",
	"carriage return":    "a\r::warning::y",
	"tab":                "a\tb.go",
	"turned right":       "cod\u202egnp.exe",
	"isolated":           "a\u2067b\u2069c.go",
	"zero width":         "pay\u200bments\u200d/\ufeffa.go",
	"soft hyphen":        "pay\u00adments.go",
	"line separator":     "a\u2028::error::b\u2029.go",
	"tags":               "a\U000e0041\U000e0042.go",
	"variation":          "a\ufe0f\U000e0100.go",
	"combining":          "e" + strings.Repeat("\u0301", 60) + ".go",
	"Hangul filler":      "\u3164\uffa0.go",
	"not UTF-8":          "caf\xe9\xff.go",
	"markup":             `<script>alert(1)</script><img src=x onerror=alert(2)>`,
	"comment":            "<!-- a --!> <!--",
	"details":            "</details></td></table>",
	"link":               "[a](javascript:alert(1)) <https://evil.example> https://evil.example www.evil.example",
	"reference":          "![x](//evil.example/y.png) [a]: b",
	"mention":            "@mona @acme/team fixes #1 GH-2 acme/shop#3",
	"pipes":              "a|b||c\\|d.go",
	"heading":            "# heading\n\n- [ ] task\n> quote\n---\n```\ncode",
	"command":            "::stop-commands::token ::set-output name=a::b ##[error]x ##vso[task.complete]y",
	"property":           "a,line=1,title=x::b%0A::error::c:d.go",
	"teamcity":           "##teamcity[buildStatus status='SUCCESS']",
	"template":           "{{.}} ${{ github.token }} $(id) `id` %(x)s",
	"dots":               "../../etc/passwd",
	"spaces":             "  a  b  ",
	"quotes":             `a"b'c\d.go`,
	"emoji":              "👩‍👩‍👧.go",
	"very long":          strings.Repeat("very-long-name/", 1500) + "x.go",
	"very long in words": strings.Repeat("Lorem ipsum @mona ", 2000),
	"many lines":         strings.Repeat("x\n", 6000),
}

// aHostileDecision has the name in every place that others can write.
func aHostileDecision(engine *policy.Engine, name string) policy.Decision {
	d := policy.Decision{
		Schema:     policy.DecisionVersion,
		Conclusion: effect.Failure,
		Base:       strings.Repeat("b", 40),
		Head:       strings.Repeat("a", 40),
	}
	for _, f := range engine.Families() {
		d.Families = append(d.Families, policy.FamilyVerdict{Name: f.Name, Conclusion: policy.FamilySuccess})
	}
	d.Families[1].Conclusion, d.Families[2].Conclusion, d.Families[2].Reason = policy.FamilyFailure, policy.FamilyUnmeasured, name
	docs := "https://lintel.example/rules/commits#header"
	for i, rule := range []string{"commits/header", "size/large-file", "lint/error"} {
		family, _, _ := strings.Cut(rule, "/")
		f := finding.Finding{
			Rule:     rule,
			Family:   family,
			Severity: finding.Error,
			Mode:     finding.Enforce,
			Blocking: i < 2,
			Title:    name,
			Message:  "Commit ab7b0f5 \"" + name + "\" is wrong.",
			Remedy:   name,
			Docs:     docs,
		}
		if i > 0 {
			f.Path, f.Line, f.EndLine = name, 3, 4
		}
		if i == 2 {
			f.Mode, f.Source = finding.Warn, &finding.Source{Tool: name, Rule: name}
			f.Suggestion = &finding.Suggestion{Line: 3, EndLine: 4, Text: name + "\n"}
		}
		d.Findings = append(d.Findings, f)
	}
	d.Abstained = []policy.Abstention{{Rule: "ownership/approval", Family: "ownership", Mode: finding.Warn, Reason: name}}
	finding.Mark(d.Findings)
	return d
}

// seen reports the first character that a reader cannot see or that turns others; joiners within emoji are let through where keep says so.
func seen(s string, keep string) error {
	for i, c := range s {
		if c != '\n' && !strings.ContainsRune(keep, c) && (markdown.Invisible(c) || c == '\r') {
			return fmt.Errorf("U+%04X at %d: %q", c, i, s[max(0, i-30):min(len(s), i+30)])
		}
	}
	return nil
}

var (
	ourTags = regexp.MustCompile(
		`^</?(sub|br|div|p|strong|em|code|pre|ol|ul|li|h[1-6]|table|thead|tbody|tr|th|td|blockquote|a|hr|del)$`)
	allTags     = regexp.MustCompile(`<[^>\s]*`)
	allLinks    = regexp.MustCompile(`href="([^"]*)"`)
	codes       = regexp.MustCompile(`(?s)<code[^>]*>.*?</code>`)
	ourMentions = regexp.MustCompile(`(^|[^A-Za-z0-9_])@(mona|acme)`)
	inLine      = regexp.MustCompile(`##[A-Za-z]*\[`)
	ourCommands = regexp.MustCompile(`^::(error|warning|notice) ([a-zA-Z]+=[^:,\n]*,?)+::[^\n]*$`)
	ourLog      = regexp.MustCompile(`^(error|warning|notice|not measured): `)
)

// TestHostileNamesStayInPlace: whatever others write, every writer keeps it in its place, shows it as it is, and stays
// within the bounds of who shows it.
func TestHostileNamesStayInPlace(t *testing.T) {
	t.Parallel()
	engine, err := builtin.Engine(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	for what, name := range names {
		t.Run(what, func(t *testing.T) {
			d := aHostileDecision(engine, name)
			w := writeAll(t, engine, d, false)
			v := Of(d)
			written := map[render.Format]string{}
			for _, format := range render.Formats() {
				var b strings.Builder
				if err := render.Write(&b, format, v, render.Options{Data: data.Options{At: data.Place{Path: name, Line: 2}}}); err != nil {
					t.Fatal(err)
				}
				written[format] = b.String()
			}
			// What people read: nothing invisible, nothing that calls, links or marks up.
			for where, text := range map[string]string{"title": w.title, "check": w.check, "comment": w.comment,
				"summary of a job": written[render.Markdown]} {
				// A tab may stand in a fence, a zero-width space behind what would call or link.
				if err := seen(text, "\u200b\t"); err != nil {
					t.Errorf("%s: %s", where, err)
				}
				if !utf8.ValidString(text) {
					t.Errorf("%s is not UTF-8", where)
				}
				limit := 65_535
				if where == "summary of a job" {
					limit = 1 << 20
				}
				if len(text) > limit {
					t.Errorf("%s has %d bytes", where, len(text))
				}
				if !w.commented {
					t.Error("there is no comment")
				}
				shownAs := string(page.Markdown(text))
				for _, tag := range allTags.FindAllString(shownAs, -1) {
					if !ourTags.MatchString(tag) {
						t.Errorf("%s: the element %q came from outside:\n%.600s", where, tag, text)
					}
				}
				for _, link := range allLinks.FindAllStringSubmatch(shownAs, -1) {
					if to := html.UnescapeString(link[1]); !strings.HasPrefix(to, "https://lintel.example/") &&
						!strings.HasPrefix(to, "https://github.com/lintel-review/lintel/") {
						t.Errorf("%s: a link leads to %q", where, to)
					}
				}
				if ourMentions.MatchString(codes.ReplaceAllString(shownAs, "")) {
					t.Errorf("%s calls somebody:\n%.600s", where, shownAs)
				}
			}
			if err := seen(w.page, "\u200c\u200d\t"); err != nil {
				t.Errorf("page: %s", err)
			}
			if strings.Contains(w.page, "<img") || strings.Contains(w.page, "<script") || strings.Count(w.page, "<!--") > 0 {
				t.Error("page: markup came from outside")
			}
			// Terminals and runners.
			for _, format := range []render.Format{render.Text, render.GitHub} {
				if err := seen(written[format], ""); err != nil {
					t.Errorf("%s: %s", format, err)
				}
			}
			for _, format := range []render.Format{render.Text, render.JSON, render.SARIF, render.RDJSONL, render.GitHub} {
				for l := range strings.Lines(written[format]) {
					l = strings.TrimSuffix(l, "\n")
					command := strings.HasPrefix(strings.TrimSpace(l), "::") || inLine.MatchString(l)
					if format == render.GitHub && ourCommands.MatchString(l) {
						// The runner has taken it for ours before it looks for others.
						command = false
					} else if format == render.GitHub && !ourLog.MatchString(l) {
						t.Errorf("github: a line that is not ours: %.200q", l)
					}
					if command {
						t.Errorf("%s: a runner takes this line for a command: %.200q", format, l)
					}
				}
			}
			if n := strings.Count("\n"+written[render.GitHub], "\n::"); n != 3 {
				t.Errorf("github: %d commands of three findings", n)
			}
			machines(t, name, written)
		})
	}
}

// machines holds the formats for programs to the name itself: they must find the file.
func machines(t *testing.T, name string, written map[render.Format]string) {
	t.Helper()
	var verdict contract.Verdict
	if err := json.Unmarshal([]byte(written[render.JSON]), &verdict); err != nil {
		t.Fatal(err)
	}
	// JSON has no bytes that are not UTF-8: one U+FFFD stands for each.
	want := string([]rune(name))
	if got := verdict.Findings[1].Path; got != want {
		t.Errorf("json: the path is %.100q, want %.100q", got, want)
	}
	var log struct {
		Runs []struct {
			Results []struct {
				Locations []struct {
					PhysicalLocation struct {
						ArtifactLocation struct {
							URI string `json:"uri"`
						} `json:"artifactLocation"`
					} `json:"physicalLocation"`
				} `json:"locations"`
			} `json:"results"`
		} `json:"runs"`
	}
	if err := json.Unmarshal([]byte(written[render.SARIF]), &log); err != nil {
		t.Fatal(err)
	}
	if n := len(log.Runs[0].Results); n != 3 {
		t.Fatalf("sarif: %d results", n)
	}
	for i, r := range log.Runs[0].Results {
		got, err := url.PathUnescape(r.Locations[0].PhysicalLocation.ArtifactLocation.URI)
		if err != nil || got != name {
			t.Errorf("sarif: result %d is in %.100q, want %.100q (%v)", i, got, name, err)
		}
	}
	lines := strings.Split(strings.TrimSuffix(written[render.RDJSONL], "\n"), "\n")
	if len(lines) != 3 {
		t.Fatalf("rdjsonl: %d lines", len(lines))
	}
	for _, l := range lines {
		var diagnostic struct {
			Location struct {
				Path string `json:"path"`
			} `json:"location"`
		}
		if err := json.Unmarshal([]byte(l), &diagnostic); err != nil || diagnostic.Location.Path != want {
			t.Errorf("rdjsonl: %.100q, want %.100q (%v)", diagnostic.Location.Path, want, err)
		}
	}
}
