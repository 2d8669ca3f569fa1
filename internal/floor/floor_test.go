package floor

import (
	"io/fs"
	"os"
	"path"
	"slices"
	"strings"
	"testing"
	"testing/fstest"

	"golang.org/x/tools/txtar"
)

// law gives every breach of it in a tree, as sentences that say where and what to do.
type law struct {
	name string
	law  func(tree, []line) []string
}

// laws hold for the tree, and for any part of it that a test plants.
var laws = []law{
	{"every package has a line", everyPackageHasALine},
	{"imports go downwards", importsGoDownwards},
	{"the product imports no fake", theProductImportsNoFake},
	{"pure code is pure", pureCodeIsPure},
	{"fan-out is small", fanOutIsSmall},
	{"names say something", namesSaySomething},
	{"things stay small", thingsStaySmall},
	{"every package explains itself", everyPackageExplainsItself},
	{"lines are narrow", linesAreNarrow},
	{"families are whole", familiesAreWhole},
	{"deferred errors are returned", deferredErrorsAreReturned},
	{"no prose is read", noProseIsRead},
	{"refusals have a kind", refusalsHaveAKind},
	{"modules are named", func(tr tree, _ []line) []string { return modulesAreNamed(tr, doors) }},
	{"modules have one door", func(tr tree, plan []line) []string { return modulesHaveOneDoor(tr, plan, doors) }},
	{"vendor types stay inside", vendorTypesStayInside},
	{"packages export little", packagesExportLittle},
	{"patterns wait", patternsWait},
	{"patterns compile", patternsCompile},
	{"sorts are shared", sortsAreShared},
	{"templates call no methods", templatesCallNoMethods},
	{"words are of no forge", wordsAreOfNoForge},
	{"names are the field's", namesAreTheFields},
	{"unwatched tests run once", unwatchedTestsRunOnce},
	{"nothing is copied", func(tr tree, _ []line) []string { return nothingIsCopied(tr, copies) }},
}

// lawsOfTheWhole say what the plan holds too much of, so they mean nothing on a part of the tree. Each has a test of its own.
var lawsOfTheWhole = []law{
	{"permissions are used", permissionsAreUsed},
	{"budgets are for packages", func(_ tree, plan []line) []string { return budgetsAreForPackages(plan, budgets) }},
	{"copies are there", func(tr tree, _ []line) []string { return copiesAreThere(tr, copies) }},
	{"the median package exports little", theMedianExportsLittle},
}

func TestFloor(t *testing.T) {
	tr := read(t, os.DirFS("../.."))
	if len(tr.packages) < 10 {
		t.Fatalf("only %d packages were found, so nothing was tested", len(tr.packages))
	}
	for _, l := range slices.Concat(laws, lawsOfTheWhole) {
		t.Run(l.name, func(t *testing.T) {
			for _, breach := range l.law(tr, plan) {
				t.Error(breach)
			}
		})
	}
}

// TestLawsBite plants a breach of each law, in testdata/*.txtar: the comment says what is planted, the file "want" has
// one line for each breach, and the rest is a module. Paths are those of the real plan.
func TestLawsBite(t *testing.T) {
	names, err := fs.Glob(os.DirFS("testdata"), "*.txtar")
	if err != nil || len(names) == 0 {
		t.Fatal("no planted modules", err)
	}
	bitten := map[string]bool{}
	for _, name := range names {
		t.Run(strings.TrimSuffix(name, ".txtar"), func(t *testing.T) {
			archive, err := txtar.ParseFile("testdata/" + name)
			if err != nil {
				t.Fatal(err)
			}
			planted, want := fstest.MapFS{}, []string{}
			for _, f := range archive.Files {
				if f.Name == "want" {
					want = strings.Split(strings.TrimSpace(string(f.Data)), "\n")
					continue
				}
				planted[f.Name] = &fstest.MapFile{Data: f.Data}
			}
			tr := read(t, planted)
			var got []string
			for _, l := range laws {
				breaches := l.law(tr, plan)
				for _, b := range breaches {
					// The planted module is a small part of the house: what it lacks is no breach here.
					if strings.Contains(b, "which is not there") || strings.Contains(b, "which go.mod does not require") {
						continue
					}
					got = append(got, l.name+": "+b)
					bitten[l.name] = true
				}
			}
			slices.Sort(got)
			slices.Sort(want)
			if !slices.Equal(got, want) {
				t.Errorf("got\n%s\nwant\n%s", strings.Join(got, "\n"), strings.Join(want, "\n"))
			}
		})
	}
	for _, l := range laws {
		// TestSizes breaks the law of sizes.
		if !bitten[l.name] && l.name != "things stay small" {
			t.Errorf("no planted module breaks the law %q", l.name)
		}
	}
}

// A line without a package, and a door without a module, are told of too.
func TestStaleLines(t *testing.T) {
	tr := read(t, fstest.MapFS{"go.mod": {Data: []byte("module " + module + "\n")}})
	if got := everyPackageHasALine(tr, []line{{"diff", words, ""}}); len(got) != 1 ||
		!strings.Contains(got[0], "diff, which is not there") {
		t.Errorf("a line without a package: %q", got)
	}
	if got := modulesAreNamed(tr, []door{{"example.com/gone", "diff", "x"}}); len(got) != 1 ||
		!strings.Contains(got[0], "example.com/gone, which go.mod does not require") {
		t.Errorf("a door without a module: %q", got)
	}
}

// The table itself points downwards: a line may name lower floors and its own, never higher ones.
func TestThePlanPointsDownwards(t *testing.T) {
	height := map[floorName]int{words: 0, rules: 0, analysis: 1, judgement: 2, left: 3, right: 3, fake: 3, roof: 4, tool: 5, tests: 5}
	for i, l := range plan {
		for _, may := range strings.Fields(l.may) {
			to, ok := lineOf(plan, may)
			if name, isFloor := strings.CutPrefix(may, "floor:"); isFloor {
				to, ok = line{floor: floorName(name)}, true
			}
			if i := slices.IndexFunc(plan, func(o line) bool { return path.Dir(o.path)+"/*" == may }); i >= 0 {
				to, ok = plan[i], true
			}
			switch {
			case !ok:
				t.Errorf("the line of %s names %s, which has no line", l.path, may)
			case height[to.floor] > height[l.floor]:
				t.Errorf("the line of %s (%s) names %s (%s), which is above it", l.path, l.floor, may, to.floor)
			case (l.floor == left && to.floor == right) || (l.floor == right && to.floor == left):
				t.Errorf("the line of %s (%s) names %s: the wings meet in app alone", l.path, l.floor, may)
			case l.floor == words && !slices.ContainsFunc(plan[:i], func(o line) bool { return o.path == may }):
				t.Errorf("the line of %s names %s, which stands later: words import each other downwards", l.path, may)
			}
		}
		if _, again := lineOf(plan[:i], l.path); again {
			t.Errorf("%s has two lines", l.path)
		}
	}
}
