package secrets

import (
	"encoding/base64"
	"maps"
	"math/rand/v2"
	"regexp/syntax"
	"slices"
	"strings"
	"testing"

	"github.com/zricethezav/gitleaks/v8/config"
	"github.com/zricethezav/gitleaks/v8/detect"
	gitleaksregexp "github.com/zricethezav/gitleaks/v8/regexp"
)

// tooWide is gitleaks' own exception for "true", "false" and "null", which lets through every secret that has "false"
// in it, and what it means to say.
const (
	tooWide = `(?i)^true|false|null$`
	meant   = `^(?i:true|false|null)$`
)

// oracle is gitleaks' own matcher with the same rules: no comment of the author and no path switches a rule off, the
// two expressions that ours changes are changed, and encodings are undone as often.
func oracle(t testing.TB) *detect.Detector {
	t.Helper()
	d, err := detect.NewDetectorDefaultConfig()
	if err != nil {
		t.Fatal(err)
	}
	d.IgnoreGitleaksAllow = true
	d.MaxDecodeDepth = maxDecodings
	rules := maps.Clone(d.Config.Rules)
	for id, r := range rules {
		if r.Regex == nil {
			delete(rules, id)
			continue
		}
		if rest, ok := strings.CutPrefix(r.Regex.String(), slowStart); ok {
			r.Regex = gitleaksregexp.MustCompile("(?i)" + rest)
		}
		r.Path = nil
		rules[id] = r
	}
	d.Config.Rules = rules
	var lists []*config.Allowlist
	for _, old := range d.Config.Allowlists {
		list := &config.Allowlist{MatchCondition: old.MatchCondition, RegexTarget: old.RegexTarget, StopWords: old.StopWords}
		for _, re := range old.Regexes {
			if re.String() == tooWide {
				re = gitleaksregexp.MustCompile(meant)
			}
			list.Regexes = append(list.Regexes, re)
		}
		if len(list.Regexes)+len(list.StopWords) == 0 {
			continue
		}
		if err := list.Validate(); err != nil {
			t.Fatal(err)
		}
		lists = append(lists, list)
	}
	d.Config.Allowlists = lists
	return d
}

// source makes texts that an expression matches, or nearly.
type source struct{ *rand.Rand }

func (s source) text(re *syntax.Regexp) string {
	switch re.Op {
	case syntax.OpLiteral:
		return string(re.Rune)
	case syntax.OpCharClass:
		// Of ASCII alone: gitleaks divides by bytes where it counts characters, so its entropy of anything else is another one.
		for {
			i := 2 * s.IntN(len(re.Rune)/2)
			if lo, hi := re.Rune[i], min(re.Rune[i+1], 126); lo <= hi {
				return string(lo + s.Int32N(hi-lo+1))
			}
		}
	case syntax.OpAnyChar, syntax.OpAnyCharNotNL:
		return string(rune('!' + s.IntN(90)))
	case syntax.OpCapture:
		return s.text(re.Sub[0])
	case syntax.OpStar:
		return s.times(re.Sub[0], 0, 3)
	case syntax.OpPlus:
		return s.times(re.Sub[0], 1, 4)
	case syntax.OpQuest:
		return s.times(re.Sub[0], 0, 1)
	case syntax.OpRepeat:
		hi := re.Max
		if hi < 0 || hi > re.Min+8 {
			hi = re.Min + 8
		}
		return s.times(re.Sub[0], re.Min, hi)
	case syntax.OpConcat:
		var b strings.Builder
		for _, sub := range re.Sub {
			b.WriteString(s.text(sub))
		}
		return b.String()
	case syntax.OpAlternate:
		return s.text(re.Sub[s.IntN(len(re.Sub))])
	}
	return ""
}

func (s source) times(re *syntax.Regexp, lo, hi int) string {
	var b strings.Builder
	for range lo + s.IntN(hi-lo+1) {
		b.WriteString(s.text(re))
	}
	return b.String()
}

// say writes what was found as "rule secret", sorted, each once. What is found in the text and again in what it decodes to is one.
func say(all []string) string {
	slices.Sort(all)
	all = slices.DeleteFunc(slices.Clone(all), func(a string) bool {
		rule, ok := strings.CutSuffix(a, hidden)
		return ok && slices.ContainsFunc(all, func(o string) bool { return o != a && strings.HasPrefix(o, rule) })
	})
	return strings.Join(slices.Compact(all), "\n")
}

//race:unwatched
func TestFindsWhatGitleaksFinds(t *testing.T) {
	theirs := oracle(t)
	s := source{rand.New(rand.NewPCG(8, 30))}
	samples, hits := 0, 0
	for _, id := range slices.Sorted(maps.Keys(theirs.Config.Rules)) {
		re, err := syntax.Parse(theirs.Config.Rules[id].Regex.String(), syntax.Perl)
		if err != nil {
			t.Fatal(err)
		}
		hit := 0
		for i := range 40 {
			text := "first\nvalue " + s.text(re) + " \nlast line\n"
			if i%4 == 3 {
				text = "data: " + base64.StdEncoding.EncodeToString([]byte(text)) + "\n"
			}
			samples++
			var want, got []string
			for _, f := range theirs.DetectString(text) {
				want = append(want, f.RuleID+" "+seen(text, f.Secret))
			}
			fs, err := shared.Find(text)
			if err != nil {
				t.Fatal(err)
			}
			for _, f := range fs {
				secret := text[f.Start:f.End]
				if !slices.Contains(want, f.Rule+" "+secret) {
					secret = hidden
				}
				got = append(got, f.Rule+" "+secret)
			}
			if say(got) != say(want) {
				t.Errorf("%s: in %q\ngot\n%s\nwant\n%s", id, text, say(got), say(want))
			}
			if slices.ContainsFunc(want, func(w string) bool { return strings.HasPrefix(w, id+" ") }) {
				hit++
			}
		}
		hits += hit
	}
	t.Logf("%d texts, %d of them with a secret of the rule that they were made for", samples, hits)
	if hits < samples/4 {
		t.Errorf("only %d of %d texts hold the secret that they were made for, so little was compared", hits, samples)
	}
}

// hidden stands for a secret that was found by decoding: gitleaks gives it decoded, and ours the place of its encoding.
const hidden = "(encoded)"

func seen(text, secret string) string {
	if strings.Contains(text, secret) {
		return secret
	}
	return hidden
}

// BenchmarkGitleaks reads the text of BenchmarkFind with gitleaks' matcher.
func BenchmarkGitleaks(b *testing.B) {
	d := oracle(b)
	b.SetBytes(int64(len(plain)))
	for b.Loop() {
		d.DetectString(plain)
	}
}
