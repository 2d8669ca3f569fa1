package mark

import (
	"testing"

	"github.com/lintel-review/lintel/internal/diff"
)

// file is a changed file of one hunk; each line begins with its operation.
func file(t *testing.T, path string, lines ...string) *diff.File {
	t.Helper()
	h := diff.Hunk{OldStart: 1, NewStart: 1}
	for _, l := range lines {
		h.Lines = append(h.Lines, diff.Line{Op: diff.Op(l[0]), Text: l[1:]})
	}
	return &diff.File{Path: path, Status: diff.Modified, State: diff.Text, Hunks: []diff.Hunk{h}}
}

func TestMarks(t *testing.T) {
	for name, c := range map[string]struct {
		path  string
		lines []string
		want  string // kind, word and name
	}{
		"only": {"a.test.ts", []string{`+it.only("adds", () => {`}, "focused .only adds"},
		"only defined": {"a.test.ts", []string{
			"+test.only = (text, fn) => {", "+  it.only(`${text} (old)`, fn);", "+  it.only(`${text} (new)`, fn);",
			"+};"}, ""},
		"only called behind a definition": {
			"a.test.ts", []string{"+test.only = (text, fn) => {", "+};", "+", `+it.only("adds", fn);`},
			"focused .only adds"},
		"only each":       {"a.test.ts", []string{"+  test.only.each([1])('adds', () => {"}, "focused .only adds"},
		"only of a suite": {"test/a.js", []string{`+describe.only('cart', function () {`}, "focused .only cart"},
		"playwright":      {"a.spec.ts", []string{`+test.describe.only('cart', () => {`}, "focused .only cart"},
		"fit":             {"a.spec.ts", []string{`+  fit("adds", () => {`}, "focused fit adds"},
		"skip":            {"a.spec.ts", []string{`+  it.skip("adds", () => {`}, "skipped .skip adds"},
		"xit":             {"a.spec.js", []string{`+  xit('adds', () => {`}, "skipped xit adds"},
		"ginkgo":          {"a_test.go", []string{`+	FIt("adds", func() {`}, "focused FIt adds"},
		"go skip": {"a_test.go", []string{" func TestA(t *testing.T) {", `+	t.Skip("flaky")`},
			"skipped Skip TestA"},
		"go subtest": {"a_test.go", []string{`+	t.Run("b", func(t *testing.T) {`, `+		t.SkipNow()`},
			"skipped Skip b"},
		"pytest": {"test_a.py", []string{"+@pytest.mark.skip(reason='x')", "+@other", " def test_a():"},
			"skipped @pytest.mark.skip test_a"},
		"pytest in the body": {"test_a.py", []string{" def test_a():", "+    pytest.skip('x')"}, "skipped pytest.skip test_a"},
		"unittest": {"test_a.py", []string{"+    @unittest.skip", "     def test_a(self):"},
			"skipped @unittest.skip test_a"},
		"junit": {"src/test/java/ATest.java", []string{"+  @Disabled(\"x\")", "   @Test",
			"   void adds() {"}, "skipped @Disabled adds"},
		"junit 4": {"src/test/java/ATest.java", []string{"   @Test", "+  @Ignore",
			"   public void adds() {"}, "skipped @Ignore adds"},
		"xunit": {"A.Tests/A.cs", []string{`+    [Fact(Skip = "x")]`, "     public void Adds()"},
			"skipped Skip = Adds"},
		"rust":     {"src/a.rs", []string{" #[test]", "+#[ignore]", " fn adds() {"}, "skipped #[ignore] adds"},
		"rspec":    {"spec/a_spec.rb", []string{"+  xit 'adds' do"}, "skipped xit adds"},
		"minitest": {"test/a_test.rb", []string{"   def test_adds", "+    skip 'x'"}, "skipped skip test_adds"},
		"phpunit": {"tests/ATest.php", []string{"     public function testAdds()", "     {",
			"+        $this->markTestSkipped('x');"}, "skipped markTestSkipped testAdds"},
		"xctest": {"Tests/ATests.swift", []string{"     func testAdds() throws {",
			`+        throw XCTSkip("x")`}, "skipped XCTSkip testAdds"},
		"googletest": {"a_test.cc", []string{"+TEST(A, DISABLED_Adds) {"}, "skipped DISABLED_ "},
		"exunit":     {"test/a_test.exs", []string{"+  @tag :skip", `   test "adds" do`}, "skipped @tag :skip adds"},

		"not in a source":   {"src/cart.ts", []string{`+it.only("adds", () => {`}, ""},
		"not in a comment":  {"a.test.ts", []string{`+// it.only("adds")`}, ""},
		"not in a text":     {"a.test.ts", []string{`+  code("it.only('adds')")`}, ""},
		"not in an example": {"tests/fixtures/a.test.js", []string{`+it.only("adds", f)`}, ""},
		"not another only":  {"a.test.ts", []string{`+expect(readonly.only(x))`, `+chart.fit(canvas)`}, ""},
		"not under a condition": {"a_test.go", []string{" func TestA(t *testing.T) {",
			"+	if testing.Short() {", `+		t.Skip("long")`, "+	}"}, ""},
		"not where it is not shown": {"a_test.go", []string{`+		t.Skip("long")`}, ""},
		"not in a helper": {"a_test.go", []string{"+func needsDocker(t *testing.T) {",
			`+	t.Skip("no docker")`}, ""},
		"not skip unless": {"test/cart_test.rb", []string{"   def test_adds", "+    skip 'x' unless y"}, ""},
		"not in other words": {"test_a.py", []string{"-@skip.todo(reason='x')", "+@pytest.mark.skip(reason='x')",
			" def test_a():"}, ""},
		"not skipif": {"test_a.py", []string{"+@pytest.mark.skipif(win, reason='x')", "+def test_a():"}, ""},
		"not a condition of a runner": {"a.spec.ts", []string{`+  test.skip(browser === 'webkit')`,
			`+  it.skipIf(x)('adds', f)`}, ""},
		"not DisabledOnOs": {"src/test/java/ATest.java", []string{"+  @DisabledOnOs(WINDOWS)",
			"   void adds() {"}, ""},
		"not Skip of others": {"a_test.go", []string{" func TestA(t *testing.T) {", "+	if r.Skip(1) {"}, ""},
	} {
		added, _ := Of(file(t, c.path, c.lines...))
		got := ""
		if len(added) == 1 {
			got = string(added[0].Kind) + " " + added[0].Word + " " + added[0].Name
		}
		if got != c.want || len(added) > 1 {
			t.Errorf("%s: got %q of %d, want %q", name, got, len(added), c.want)
		}
	}
}

func TestWhatIsKnownOfAMark(t *testing.T) {
	for name, c := range map[string]struct {
		path             string
		lines            []string
		existing, ticket bool
	}{
		"a new test":           {"a.test.ts", []string{`+it.skip("adds", f)`}, false, false},
		"an old test":          {"a.test.ts", []string{`-it("adds", f)`, `+it.skip("adds", f)`}, true, false},
		"an old test in Java":  {"CartTest.java", []string{"+  @Disabled", "   void adds() {"}, true, false},
		"a new test in Java":   {"CartTest.java", []string{"+  @Disabled", "+  void adds() {"}, false, false},
		"an old test in Go":    {"a_test.go", []string{" func TestA(t *testing.T) {", "+	t.Skip()"}, true, false},
		"a ticket in the line": {"a_test.go", []string{" func TestA(t *testing.T) {", `+	t.Skip("#412")`}, true, true},
		"a ticket above": {"a_test.go", []string{" func TestA(t *testing.T) {",
			"+	// see https://issues.example/4", "+	t.Skip()"}, true, true},
		"no ticket of the old": {"a_test.go", []string{" func TestA(t *testing.T) {", "-	// #412",
			"+	t.Skip()"}, true, false},
	} {
		added, _ := Of(file(t, c.path, c.lines...))
		if len(added) != 1 || added[0].Existing != c.existing || added[0].Ticket != c.ticket {
			t.Errorf("%s: %+v", name, added)
		}
	}
	added, removed := Of(
		file(t, "a_test.go", " func TestA(t *testing.T) {", " 	x()", "-	t.Skip()", "+	t.SkipNow()"),
	)
	if len(added) != 0 || len(removed) != 1 || removed[0].Line != 3 {
		t.Errorf("%+v, %+v", added, removed)
	}
}

// Whatever lines hold, nothing panics and names are bounded.
func FuzzOf(f *testing.F) {
	f.Add("a.test.ts", `it.only("a`, "  }")
	f.Add("test_a.py", "@pytest.mark.skip(", "def test_a():")
	f.Add("src/a.rs", "#[ignore", "fn a() {")
	f.Fuzz(func(t *testing.T, path, first, second string) {
		added, removed := Of(file(t, path, "+"+first, " "+second, "-"+first, "+"+second))
		for _, m := range append(added, removed...) {
			if m.Line < 1 || len(m.Name) > 4*maxName {
				t.Fatalf("%+v", m)
			}
		}
	})
}
