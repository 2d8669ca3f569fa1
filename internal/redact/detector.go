package redact

import (
	"errors"
	"fmt"
	"maps"
	"regexp"
	"strings"
	"sync"

	"github.com/zricethezav/gitleaks/v8/config"
	"github.com/zricethezav/gitleaks/v8/detect"
	gitleaksregexp "github.com/zricethezav/gitleaks/v8/regexp"
)

// Detector finds secrets. The zero value is ready: the rules are compiled when they are first needed, and again after Release.
type Detector struct {
	mu     sync.Mutex
	engine *detect.Detector
}

// Release lets go of the compiled rules. What is being searched is searched to its end.
func (d *Detector) Release() {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.engine = nil
}

// building is held by the one that builds: gitleaks reads its rules through a variable of the whole program.
var building sync.Mutex

func (d *Detector) ready() (*detect.Detector, error) {
	d.mu.Lock()
	defer d.mu.Unlock()
	if d.engine != nil {
		return d.engine, nil
	}
	building.Lock()
	defer building.Unlock()
	engine, err := build()
	d.engine = engine
	return engine, err
}

// tooWide is gitleaks' own exception for "true", "false" and "null", which lets through every secret that has "false" in it, and what it means to say.
const (
	tooWide = `(?i)^true|false|null$`
	meant   = `^(?i:true|false|null)$`
)

// slowStart begins many rules: the rest of the word before the one that the rule looks for. It is no part of the secret, and takes most of the time.
const slowStart = `(?i)[\w.-]{0,50}?`

// decodings is how many times base64, hexadecimal and percent-encoding are undone one within the other.
const decodings = 2

// build makes the default rules of gitleaks harder to get around. No path is ever told to it, so neither the list of paths that it leaves out (lock files,
// vendored folders, jquery) nor its rules' own apply; rules that only look at certain paths look at all texts instead.
func build() (*detect.Detector, error) {
	engine, err := detect.NewDetectorDefaultConfig()
	if err != nil {
		return nil, fmt.Errorf("read the rules of gitleaks: %w", err)
	}
	engine.IgnoreGitleaksAllow = true
	engine.MaxDecodeDepth = decodings
	rules := maps.Clone(engine.Config.Rules)
	for id, rule := range rules {
		if rule.Regex != nil {
			if rest, ok := strings.CutPrefix(rule.Regex.String(), slowStart); ok {
				rule.Regex = gitleaksregexp.MustCompile("(?i)" + rest)
				rules[id] = rule
			}
		}
		if rule.Path == nil {
			continue
		}
		if rule.Regex == nil {
			delete(rules, id) // a rule on names of files alone
			continue
		}
		rule.Path = nil
		rules[id] = rule
	}
	engine.Config.Rules = rules
	var lists []*config.Allowlist
	mended := false
	for _, old := range engine.Config.Allowlists {
		list := &config.Allowlist{MatchCondition: old.MatchCondition, RegexTarget: old.RegexTarget, StopWords: old.StopWords}
		for _, re := range old.Regexes {
			if re.String() == tooWide {
				re, mended = gitleaksregexp.MustCompile(meant), true
			}
			list.Regexes = append(list.Regexes, re)
		}
		if len(list.Regexes)+len(list.StopWords) == 0 {
			continue
		}
		if err := list.Validate(); err != nil {
			return nil, fmt.Errorf("read the exceptions of gitleaks: %w", err)
		}
		lists = append(lists, list)
	}
	if !mended {
		return nil, errors.New("read the rules of gitleaks: its exception for true, false and null is not where it was: look at it again before you raise its version")
	}
	engine.Config.Allowlists = lists
	return engine, nil
}

// hit is one finding of the engine: the rule, the secret and the lines it is on, from 0.
type hit struct {
	rule       string
	secret     string
	start, end int
}

func (d *Detector) hits(text string) ([]hit, error) {
	engine, err := d.ready()
	if err != nil {
		return nil, err
	}
	var out []hit
	for _, f := range engine.DetectString(text) {
		out = append(out, hit{f.RuleID, f.Secret, f.StartLine, f.EndLine})
	}
	return out, nil
}

// spans are the stretches of a text that hold secrets, sorted and apart.
func (d *Detector) spans(text string) ([]span, error) {
	if strings.TrimSpace(text) == "" {
		return nil, nil
	}
	found, err := d.hits(text)
	if err != nil {
		return nil, err
	}
	var out []span
	lines := lineStarts(text)
	for _, h := range found {
		out = append(out, places(text, lines, h)...)
	}
	// A secret in pieces, "ghp_12" + "34", is looked for in what the pieces make.
	if joined, origin := joinLiterals(text); joined != text {
		found, err := d.hits(joined)
		if err != nil {
			return nil, err
		}
		for _, h := range found {
			for _, at := range all(joined, h.secret) {
				s := span{origin[at.start], origin[at.end-1] + 1}
				if !strings.Contains(text[s.start:s.end], h.secret) {
					out = append(out, s)
				}
			}
		}
	}
	out = append(out, keyMaterial(text, lines)...)
	out = append(out, credentialsInURLs(text)...)
	return merged(out), nil
}

// shortest is the length from which a secret is replaced wherever it stands; a shorter one is replaced in its own lines alone.
const shortest = 8

// encoded is a run of characters that may hold an encoded secret.
var encoded = regexp.MustCompile(`[A-Za-z0-9+/=_%\\-]{16,}`)

// places are where a secret stands in the text. One that the engine found by decoding does not stand there as it is: then all that may be an encoding goes,
// and where there is nothing of the kind, the lines.
func places(text string, lines []int, h hit) []span {
	own := span{lineAt(text, lines, h.start), lineAt(text, lines, h.end+1)}
	within := own
	if len(h.secret) >= shortest {
		within = span{0, len(text)}
	}
	var out []span
	for _, s := range all(text[within.start:within.end], h.secret) {
		out = append(out, span{within.start + s.start, within.start + s.end})
	}
	if len(out) > 0 {
		return out
	}
	for _, m := range encoded.FindAllStringIndex(text[own.start:own.end], -1) {
		out = append(out, span{own.start + m[0], own.start + m[1]})
	}
	if len(out) == 0 {
		out = append(out, span{own.start, own.start + len(strings.TrimRight(text[own.start:own.end], "\n"))})
	}
	return out
}

// all are the places of a part in a text.
func all(text, part string) []span {
	var out []span
	for at := 0; part != ""; {
		i := strings.Index(text[at:], part)
		if i < 0 {
			break
		}
		out = append(out, span{at + i, at + i + len(part)})
		at += i + len(part)
	}
	return out
}

func lineStarts(text string) []int {
	starts := []int{0}
	for i := range len(text) {
		if text[i] == '\n' {
			starts = append(starts, i+1)
		}
	}
	return starts
}

// lineAt is where a line begins; the text's end for one beyond it.
func lineAt(text string, starts []int, line int) int {
	switch {
	case line < 0:
		return 0
	case line >= len(starts):
		return len(text)
	}
	return starts[line]
}
