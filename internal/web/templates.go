package web

import (
	"bytes"
	"embed"
	"net/http"
	"strings"
	"time"

	"github.com/lintel-review/lintel/internal/change"
	"github.com/lintel-review/lintel/internal/lazyregexp"
	"github.com/lintel-review/lintel/internal/markdown"
	"github.com/lintel-review/lintel/internal/organisation"
	"github.com/lintel-review/lintel/internal/policy"
	"github.com/lintel-review/lintel/internal/scorecard"
	"github.com/lintel-review/lintel/internal/template"
	"github.com/lintel-review/lintel/internal/text"
)

//go:embed page/*.html page/*.css page/*.js
var embedded embed.FS

// style is the style sheet of every page, charts that of pages with charts. The content security policy names their
// digests, so that a page can have no other style.
var style, charts = sheet("style.css"), sheet("charts.css")

func sheet(name string) string { return strings.TrimSpace(read(name)) }

func read(name string) string {
	b, err := embedded.ReadFile("page/" + name)
	if err != nil {
		panic("web: " + name + " is embedded: " + err.Error())
	}
	return string(b)
}

// contentSecurityPolicy is that of pages; widePolicy that of pages with charts, whose form asks for other figures, and
// which may run htmx, as it is here and nothing else.
var (
	contentSecurityPolicy = policyOf("'none'", style)
	widePolicy            = policyOf("'self'", style, charts) + "; script-src '" + integrity(htmx) + "'; connect-src 'self'"
)

func policyOf(forms string, sheets ...string) string {
	styles := ""
	for _, s := range sheets {
		styles += " '" + integrity(s) + "'"
	}
	return "default-src 'none'; style-src" + styles + "; img-src data:; base-uri 'none'; form-action " + forms + "; frame-ancestors 'none'"
}

// templates are those of all pages. They call no method of a value, but these functions.
var templates = template.Files(embedded, "page/*.html", template.Funcs{
	"style":  func() template.CSS { return template.CSS(style) },
	"charts": func() template.CSS { return template.CSS(charts) },

	"htmxConfig": func() string { return htmxConfig }, "htmxPath": func() string { return htmxPath },
	"htmxDigest": func() string { return integrity(htmx) },

	"short": change.Short, "exact": exact, "clock": clock, "ago": ago, "never": time.Time.IsZero, "seconds": seconds, "percent": percent,
	"inc": func(i int) int { return i + 1 }, "ptr": func(f float64) *float64 { return &f },
	"pair":  func(a, b any) [2]any { return [2]any{a, b} },
	"words": words, "prose": prose, "count": text.Count,
	// Addresses.
	"place": place, "anchor": anchor, "page": pageFrom, "manual": manualFrom,
	"change": links.change, "repository": links.repository, "commit": links.commit, "file": links.file, "settings": changeView.settings,
	"acts": func(v auditView, act string) string { return v.address(act, 0) },
	// Words of views and of what they hold.
	"quiet": familyView.quiet, "folds": folds, "positive": ruleView.positive, "where": where, "name": policy.Rule.Name,
	"details": details, "standing": standing, "way": wayNamed, "silent": silent,
	"waves": waves, "bad": bad, "word": organisation.State.Word, "notes": organisation.State.Notes,
	"summary": func(e interface{ Summary() string }) string { return e.Summary() },
	"noisy":   scorecard.Card.Noisy, "trend": scorecard.Card.Change, "medianFix": scorecard.Card.MedianFix,
	"rate": (*scorecard.Rate).Percent,
}, template.Views{
	"audit": auditView{}, "change": changeView{}, "evidence-of-rules": evidenceOfRules{}, "failure": failure{}, "gates": gatesView{},
	"manual": manualFamily{}, "manuals": manualView{}, "missing": frame{}, "objectives": objectivesView{},
	"organisations": organisationsView{}, "overview": overviewView{}, "scorecards": scorecardsView{}, "shell": shellView{},
	"signin": SignInView{}, "welcome": frame{},
})

// render writes a page whole or not at all.
func (p *Pages) render(w http.ResponseWriter, r *http.Request, name string, data any) {
	p.renderAs(w, r, http.StatusOK, name, data)
}

func (p *Pages) renderAs(w http.ResponseWriter, r *http.Request, status int, name string, data any) {
	var b bytes.Buffer
	if err := templates.Execute(&b, name, data); err != nil {
		p.trouble(w, r, err)
		return
	}
	page := worded(shown(b.Bytes()), data)
	h := w.Header()
	h.Set("Content-Type", "text/html; charset=utf-8")
	h.Set("Content-Length", itoa(len(page)))
	w.WriteHeader(status)
	// A client that went away is not worth a log line.
	_, _ = w.Write(page)
}

// worded puts a page into the words of its frame.
func worded(page []byte, data any) []byte {
	if v, ok := data.(interface{ say([]byte) []byte }); ok {
		return v.say(page)
	}
	return page
}

// inWords puts a page of Lintel's own texts, which are written with GitHub's words, into these. What others wrote stands
// between bdi, in code or in the choices of a form, and stays as they wrote it: a form asks with those texts.
func inWords(page []byte, words change.Words) []byte {
	var out bytes.Buffer
	for len(page) > 0 {
		at := theirs.FindIndex(page)
		if at == nil {
			at = []int{len(page), len(page)}
		}
		out.WriteString(words.Say(string(page[:at[0]])))
		out.Write(page[at[0]:at[1]])
		page = page[at[1]:]
	}
	return out.Bytes()
}

// theirs are the elements with texts of others. Texts are escaped, so none ends its element.
var theirs = lazyregexp.New(`(?s)<(?:bdi|code)\b[^>]*>.*?</(?:bdi|code)>|<(?:input|option)\b[^>]*>[^<]*`)

// shown replaces invisible characters, and those that turn the direction of text, in a whole page: a title must read as
// it is. Joiners stay, since scripts and emoji need them and they turn nothing.
func shown(page []byte) []byte {
	return bytes.Map(func(c rune) rune {
		if c != '\n' && c != '\t' && c != '\u200c' && c != '\u200d' && markdown.Invisible(c) {
			return '\ufffd'
		}
		return c
	}, page)
}

// span is a piece of a text; Code is true between backticks.
type span struct {
	Text string
	Code bool
}

// words splits a line of our own prose at its code spans.
func words(s string) []span {
	var out []span
	for i, part := range strings.Split(s, "`") {
		if part != "" {
			out = append(out, span{part, i%2 == 1})
		}
	}
	return out
}

// prose gives the paragraphs of our own prose, each on one line.
func prose(s string) []string {
	var out []string
	for _, p := range strings.Split(strings.TrimSpace(s), "\n\n") {
		out = append(out, strings.Join(strings.Fields(p), " "))
	}
	return out
}
