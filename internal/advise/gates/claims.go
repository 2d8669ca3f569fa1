package gates

import (
	"maps"
	"path"
	"slices"
	"strings"

	"github.com/lintel-review/lintel/internal/advice"
	"github.com/lintel-review/lintel/internal/advise/beside"
	"github.com/lintel-review/lintel/internal/lazyregexp"
)

// Claims are what a finding may rely on besides the code that it quotes.
func Claims() []string { return []string{"none", "version", "compile", "missing_api", "no_tests"} }

// claimed are words of claims that code alone cannot prove.
var claimed = []struct {
	claim string
	words *lazyregexp.Regexp
}{
	{"compile", lazyregexp.New(
		`(?i)\b((does|do|will|would|can|could)(n't| not)|won't|cannot|fails? to) ` +
			`(compile|build|parse)\b|\bcompil(e|er|ation)[ -](time )?(error|failure)|\bsyntax ?error|\btype error at compile|` +
			`\bbreaks? (the )?(build|compilation)\b`)},
	{"version", lazyregexp.New(
		`(?i)\b(version|release|tag|image)\b[^.]{0,60}\b(does(n't| not) exist|is not (available|released|valid)|no ` +
			`longer exists|is unknown|is invalid)\b|\b(deprecated|removed|introduced|added|available) (in|since|until) ` +
			`(v|version )?[0-9]|\brequires? (v|version )?[0-9]+\.[0-9]+|\b(may|might|is|are|will) not (be )?(available|supported) ` +
			`(in|on|by) (all|older|some|earlier|every) [\w. ]{0,40}\b(versions?|releases?|browsers?|runtimes?)\b`)},
	{"missing_api", lazyregexp.New(
		`(?i)\b(function|method|field|property|module|package|class|api|symbol|variable|import|attribute|identifier|` +
			`type)\b[^.]{0,60}\b(does(n't| not) exist|is(n't| not) (defined|exported|declared|available|implemented)|` +
			`is undeclared)\b|\bno such (function|method|field|module|package|api|attribute|property)|` +
			`\bundefined (variable|function|method|symbol|name|identifier)|\bmissing (an? )?(include|import)\b|` +
			`\b(is|are|was)(n't| not) imported\b`)},
	{"no_tests", lazyregexp.New(
		`(?i)\b(no|without|missing|lacks?( any)?|needs?( more)?) (unit |integration )?tests?\b|\b(is|are|was)( not|n't) ` +
			`(tested|covered)\b|\buntested\b|\btest coverage\b`)},
}

// undeclared says that a name is undefined, which is a claim about a declaration, except where a value may be undefined.
var undeclared = lazyregexp.New(`(?i)\b(function|method|field|property|module|package|class|api|symbol|variable|import|attribute|` +
	`identifier|type)\b[^.]{0,60}\bis undefined\b`)

// undefinedValues are the endings of files in whose languages a value may be undefined.
var undefinedValues = []string{".js", ".jsx", ".mjs", ".cjs", ".ts", ".tsx", ".mts", ".cts", ".vue", ".svelte", ".astro", ".coffee"}

// lacks says that something has no such part: a claim about a declaration that stands elsewhere.
var lacks = lazyregexp.New("(?i)\\b(?:does|do)(?:n't|n’t| \\**not\\**) (?:have|support|accept|provide|expose|take|define|offer) " +
	"(?:(?:an?|any|the|its|this|such) )*(?:(?:[\\w.$]+(?:\\(\\))?|`[\\w.$()=]+`) )?" +
	"(?:method|function|property|attribute|argument|parameter|keyword|field|option|flag|overload)\\b|" +
	"\\b(?:does|do)(?:n't|n’t| \\**not\\**) (?:have|support|accept|provide|expose|take|define|offer) " +
	"(?:(?:an?|any|the|its|this|such) )*`[\\w.$]+(?:\\(\\)|=)?`")

// proof are the kinds of facts that support a claim.
var proof = map[string]func(advice.Fact) bool{
	"compile": func(f advice.Fact) bool { return f.Kind == advice.CISays || f.Kind == advice.LintSays },
	"version": func(f advice.Fact) bool {
		return f.Kind == advice.CISays || strings.HasPrefix(f.Source, "dependencies/")
	},
	"missing_api": func(f advice.Fact) bool { return f.Kind == advice.CISays || f.Kind == advice.LintSays },
	"no_tests": func(f advice.Fact) bool {
		return f.Kind == advice.Uncovered || strings.HasPrefix(f.Source, "coverage/") || strings.HasPrefix(f.Source, "tests/")
	},
}

// averted are errors that a finding says its advice would prevent, and what is undefined by a language's standard: no
// claims that an error is there.
var averted = lazyregexp.New(`(?i)\b(?:prevent|avoid)(?:s|ing)? (?:any |a )?(?:potential |possible )?compil\w+ (?:error|failure)s?|` +
	`\bundefined behaviou?r`)

// proved reports whether a cited fact supports each claim that the code cannot prove (G7).
func (c *Context) proved(claim, message string, d advice.Draft) bool {
	asked := map[string]bool{}
	if claim != "none" {
		asked[claim] = true
	}
	message = averted.ReplaceAllString(message, "")
	for _, cl := range claimed {
		if cl.words.MatchString(message) {
			asked[cl.claim] = true
		}
	}
	values := slices.Contains(undefinedValues, strings.ToLower(path.Ext(d.Path)))
	if !values && undeclared.MatchString(message) || c.lacking(message) {
		asked["missing_api"] = true
	}
	for a := range asked {
		known := func(id string) bool {
			f, ok := c.fact(id)
			return ok && proof[a](f)
		}
		if !slices.ContainsFunc(d.Facts, known) {
			return false
		}
	}
	return true
}

// lacking reports whether a message says that something has no such method, field or argument, and none of the files
// that are known declares that thing.
func (c *Context) lacking(message string) bool {
	at := lacks.FindStringIndex(message)
	if at == nil {
		return false
	}
	for _, n := range named.FindAllString(sentence(message[:at[0]]), -1) {
		n = strings.TrimRight(strings.Trim(n, "`"), "()")
		if c.declares(n[strings.LastIndexAny(n, ".:")+1:]) {
			return false
		}
	}
	return true
}

// declares reports whether a changed file, or an unchanged one that concerns the change, declares a function or type.
func (c *Context) declares(name string) bool {
	if name == "" {
		return false
	}
	for _, files := range []map[string]string{c.Contents, c.Beside} {
		for p, body := range files {
			if strings.Contains(body, name) && len(beside.Read(p, body).Declares(name)) > 0 {
				return true
			}
		}
	}
	return false
}

// named are the words of a message that are names of code by their looks.
var named = lazyregexp.New(`[A-Za-z_$][\w$]*(?:(?:\.|::)[A-Za-z_$][\w$]*)+|[A-Za-z_$]*(?:[a-z0-9][A-Z]|_)[\w$]*|[A-Z]\w+|` + "`[^`]+`")

// unused says that a name is used nowhere, local that it speaks of one function alone.
var (
	unused = lazyregexp.New("(?i)(?:`([A-Za-z_$][\\w$]*)`|\\b([A-Za-z_$]*(?-i:[a-z0-9][A-Z]|_)[\\w$]*)\\b)[^.`]{0,60}\\b(?:unused|" +
		"(?:never|not|no longer) (?:used|referenced)|unreferenced)\\b|\\bunused [a-z ]{0,30}`([A-Za-z_$][\\w$]*)`")
	local = lazyregexp.New(`(?i)\b(?:parameters?|arguments?|locals?|local variables?|marked|` +
		`in (?:this|the|its) (?:\w+ )?(?:function|method|block|branch|condition|loop|body|scope|class))\b`)
)

// comment begins a line that uses no name.
var comment = lazyregexp.New(`^\s*(?://|#|/?\*|--)`)

// isUsed reports whether a message says of a name that it is unused, and a changed file has it on a line beyond those
// of the finding. What is said of one function alone is not refuted by others.
func (c *Context) isUsed(message string, d advice.Draft) bool {
	m := unused.FindStringSubmatch(message)
	if m == nil {
		return false
	}
	before, after, _ := strings.Cut(message, m[0])
	rest, _, _ := strings.Cut(after, ". ")
	if local.MatchString(sentence(before) + m[0] + rest) {
		return false
	}
	name := m[1] + m[2] + m[3]
	all := maps.Clone(c.Beside)
	if all == nil {
		all = map[string]string{}
	}
	maps.Copy(all, c.Contents)
	for path, body := range all {
		if !strings.Contains(body, name) {
			continue
		}
		for i, line := range strings.Split(body, "\n") {
			own := path == d.Path && d.Side == advice.Right && i+1 >= d.Start && i+1 <= d.End
			if !own && !comment.MatchString(line) && slices.Contains(ident.FindAllString(line, -1), name) {
				return true
			}
		}
	}
	return false
}

// demanded is code that a message wants to stand where the finding is, and what it says stands there.
var demanded = lazyregexp.New("(?i)\\b(?:(?:should|must|needs? to|ought to) (?:instead )?(?:be|read)" +
	"(?: (?:set|changed|initiali[sz]ed|assigned) to)?|" +
	"(?:replace|change) (?:it|this) (?:with|by|to)) `([^`]+)`(?: (?:instead of|rather than|not) `([^`]+)`)?")

// has reports whether the finding's lines hold the very code that a message demands there, of two words and more, and
// not the code that it wants to be gone.
func (s *stretch) has(message string) bool {
	m := demanded.FindStringSubmatch(message)
	if s.side != advice.Right || m == nil || len(ident.FindAllString(m[1], -1)) < 2 {
		return false
	}
	text := squeezed(s.text())
	return strings.Contains(text, squeezed(m[1])) && (m[2] == "" || !strings.Contains(text, squeezed(m[2])))
}

// asking are words of a finding that leaves it to the reader to find out whether there is a defect; ensuring demand
// something, and say nothing unless they name what goes wrong otherwise.
var (
	asking = lazyregexp.New(`(?i)\bplease (?:verify|confirm|double-check)\b|` +
		`(?:^|[.;:!?*] *)(?:also |but |so )?(?:verify|confirm|double-check) (?:whether|if|where|how|why|this|it|which)\b|` +
		`\b(?:is|was|are|were) (?:this|that|it|these)(?: \w+)? (?:intentional|intended|expected|deliberate|by design)\b[^.]{0,40}\?|` +
		`\b(?:requires?|needs?) (?:\w+ )?(?:verification|confirmation|to be (?:verified|confirmed|double-checked))\b|` +
		`\bshould be (?:verified|confirmed|double-checked)\b`)
	ensuring  = lazyregexp.New(`(?i)\bplease (?:ensure|make sure|validate)\b`)
	otherwise = lazyregexp.New(`(?i)\b(?:otherwise|or else)\b`)
)

// asks reports whether a message asks its reader to find out whether there is a defect.
func asks(message string) bool {
	return asking.MatchString(message) || ensuring.MatchString(message) && !otherwise.MatchString(message)
}
