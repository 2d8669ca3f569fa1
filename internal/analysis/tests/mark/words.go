package mark

import (
	"strings"

	"github.com/lintel-review/lintel/internal/lazyregexp"
)

// place says where a mark stands to the test that it is about.
type place int

const (
	inLine place = iota // in the line that begins the test, with its name
	above               // on a line above it
	inBody              // a statement of its body
)

// word is one way to mark a test.
type word struct {
	kind Kind
	// name is how messages call it; hint is a part of every line that has it.
	name, hint string
	place      place
	// at finds it in a line whose strings are blank.
	at *lazyregexp.Regexp
}

func (w *word) hinted(line string) bool { return strings.Contains(line, w.hint) }

const (
	suites = `(?:describe|it|test|context|suite|specify|bench)`
	with   = `(?:\.(?:concurrent|sequential|serial|parallel|describe|each|for))*`
)

var languages = map[string][]word{
	".js": {
		{Focused, ".only", ".only", inLine,
			lazyregexp.New(`^\s*(?:await |return )?(?:\w+\.)?` + suites + with + "\\.only\\s*(?:$|[(`.<])")},
		{Focused, "fit", "fit", inLine, lazyregexp.New("^\\s*fit\\s*\\(\\s*[\"'`]")},
		{Focused, "fdescribe", "fdescribe", inLine, lazyregexp.New("^\\s*fdescribe\\s*\\(\\s*[\"'`]")},
		{Skipped, ".skip", ".skip", inLine, lazyregexp.New(`^\s*(?:await |return )?(?:\w+\.)?` + suites + with +
			"\\.skip(?:\\.(?:each|concurrent|for))?\\s*\\(\\s*[\"'`\\[]")},
		{Skipped, "xit", "xit", inLine, lazyregexp.New("^\\s*xit\\s*\\(\\s*[\"'`]")},
		{Skipped, "xtest", "xtest", inLine, lazyregexp.New("^\\s*xtest\\s*\\(\\s*[\"'`]")},
		{Skipped, "xdescribe", "xdescribe", inLine, lazyregexp.New("^\\s*xdescribe\\s*\\(\\s*[\"'`]")},
		{Skipped, "skip: true", "skip: true", inLine, lazyregexp.New(`^\s*` + suites + `\(.*\{\s*skip: true\b`)},
	},
	".go": {
		{Skipped, "Skip", ".Skip", inBody, lazyregexp.New(`^\s*[a-z]+\.Skip(?:f|Now)?\(`)},
		{Focused, "FIt", "FIt(", inLine, lazyregexp.New(`^\s*(?:ginkgo\.)?FIt\(`)},
		{Focused, "FDescribe", "FDescribe", inLine, lazyregexp.New(`^\s*(?:var _ = )?(?:ginkgo\.)?FDescribe(?:Table)?\(`)},
		{Focused, "FContext", "FContext(", inLine, lazyregexp.New(`^\s*(?:ginkgo\.)?FContext\(`)},
		{Focused, "FEntry", "FEntry(", inLine, lazyregexp.New(`^\s*(?:ginkgo\.)?FEntry\(`)},
		{Skipped, "PIt", "PIt(", inLine, lazyregexp.New(`^\s*(?:ginkgo\.)?PIt\(`)},
		{Skipped, "XIt", "XIt(", inLine, lazyregexp.New(`^\s*(?:ginkgo\.)?XIt\(`)},
		{Skipped, "PDescribe", "PDescribe", inLine, lazyregexp.New(`^\s*(?:var _ = )?(?:ginkgo\.)?PDescribe(?:Table)?\(`)},
		{Skipped, "XDescribe", "XDescribe", inLine, lazyregexp.New(`^\s*(?:var _ = )?(?:ginkgo\.)?XDescribe(?:Table)?\(`)},
	},
	".py": {
		{Focused, "@pytest.mark.only", "mark.only", above, lazyregexp.New(`^\s*@pytest\.mark\.only\b`)},
		{Skipped, "@pytest.mark.skip", "mark.skip", above, lazyregexp.New(`^\s*@pytest\.mark\.skip(?:\(|\s*$)`)},
		{Skipped, "@unittest.skip", "@unittest.skip", above, lazyregexp.New(`^\s*@unittest\.skip(?:\(|\s*$)`)},
		{Skipped, "pytestmark = skip", "mark.skip", inLine, lazyregexp.New(`^pytestmark\s*=\s*pytest\.mark\.skip(?:\(|\s*$)`)},
		{Skipped, "pytest.skip", "pytest.skip", inBody, lazyregexp.New(`^\s+pytest\.skip\(`)},
		{Skipped, "skipTest", "self.skipTest", inBody, lazyregexp.New(`^\s+self\.skipTest\(`)},
	},
	".java": {
		{Skipped, "@Disabled", "@Disabled", above, lazyregexp.New(`^\s*@Disabled(?:\s*\(|\s*$|\s+[a-z])`)},
		{Skipped, "@Ignore", "@Ignore", above, lazyregexp.New(`^\s*@Ignore(?:\s*\(|\s*$|\s+[a-z])`)},
		{Skipped, "enabled = false", "enabled = false", above, lazyregexp.New(`^\s*@Test\s*\(.*\benabled\s*=\s*false\b`)},
		{Skipped, "config(enabled = false)", "enabled = false", inLine,
			lazyregexp.New(`^\s*(?:test|should|it)\(.*\.config\(\s*enabled\s*=\s*false\b`)},
		{Skipped, "xtest", "xtest", inLine, lazyregexp.New(`^\s*xtest\(\s*"`)},
		{Skipped, "ignore", "ignore", inLine, lazyregexp.New(`^\s*ignore\(\s*"`)},
	},
	".cs": {
		{Skipped, "Skip =", "Skip", above, lazyregexp.New(`^\s*\[\w*(?:Fact|Theory)\s*\(.*\bSkip\s*=`)},
		{Skipped, "[Ignore]", "[Ignore", above, lazyregexp.New(`^\s*\[Ignore(?:\(|\])`)},
	},
	".rs": {
		{Skipped, "#[ignore]", "#[ignore", above, lazyregexp.New(`^\s*#\[ignore\b`)},
	},
	".rb": {
		{Focused, "fit", "fit", inLine, lazyregexp.New(`^\s*fit[ (]\s*["']`)},
		{Focused, "fdescribe", "fdescribe", inLine, lazyregexp.New(`^\s*(?:RSpec\.)?fdescribe[ (]`)},
		{Focused, "fcontext", "fcontext", inLine, lazyregexp.New(`^\s*fcontext[ (]\s*["']`)},
		{Focused, "focus: true", "focus", inLine,
			lazyregexp.New(`^\s*(?:RSpec\.)?(?:it|describe|context|specify|feature|scenario)[ (].*` +
				`(?:, focus: true\b|, :focus\b)`)},
		{Skipped, "xit", "xit", inLine, lazyregexp.New(`^\s*xit[ (]\s*["']`)},
		{Skipped, "xdescribe", "xdescribe", inLine, lazyregexp.New(`^\s*(?:RSpec\.)?xdescribe[ (]`)},
		{Skipped, "xcontext", "xcontext", inLine, lazyregexp.New(`^\s*xcontext[ (]\s*["']`)},
		{Skipped, "skip: true", "skip", inLine,
			lazyregexp.New(`^\s*(?:it|describe|context|specify)[ (].*(?:, skip: (?:true\b|["'])|, :skip\b)`)},
		{Skipped, "skip", "skip", inBody, lazyregexp.New(`^\s*skip\b(?:\s*\(?\s*["'][^"']*["']\s*\)?)?\s*$`)},
	},
	".php": {
		{Skipped, "markTestSkipped", "markTestSkipped", inBody,
			lazyregexp.New(`^\s*(?:\$this->|self::|static::)markTestSkipped\(`)},
		{Focused, "->only()", "->only()", inLine, lazyregexp.New(`^\s*\}\)->only\(\)`)},
	},
	".swift": {
		{Skipped, "XCTSkip", "XCTSkip", inBody, lazyregexp.New(`^\s*throw XCTSkip\(`)},
		{Skipped, ".disabled", ".disabled", above, lazyregexp.New(`^\s*@(?:Test|Suite)\(.*\.disabled\((?:\s*\)|")`)},
		{Focused, "fit", "fit", inLine, lazyregexp.New(`^\s*fit\(\s*"`)},
		{Focused, "fdescribe", "fdescribe", inLine, lazyregexp.New(`^\s*fdescribe\(\s*"`)},
		{Skipped, "xit", "xit", inLine, lazyregexp.New(`^\s*xit\(\s*"`)},
	},
	".c": {
		{Skipped, "DISABLED_", "DISABLED_", inLine, lazyregexp.New(`^\s*(?:TYPED_)?TEST(?:_F|_P)?\([^)]*\bDISABLED_`)},
		{Skipped, "GTEST_SKIP", "GTEST_SKIP", inBody, lazyregexp.New(`^\s*GTEST_SKIP\(\)`)},
	},
	".ex": {
		{Skipped, "@tag :skip", "skip", above, lazyregexp.New(`^\s*@(?:tag|moduletag|describetag) (?::skip\b|skip: (?:true|"))`)},
	},
	".dart": {
		{Focused, "solo", "solo", inLine, lazyregexp.New(`^\s*solo_(?:test|group)\(`)},
	},
}
