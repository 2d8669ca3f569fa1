package pages

import (
	"flag"
	"fmt"
	"os"
	"path"
	"slices"
	"strings"
	"testing"
)

var update = flag.Bool("update", false, "write docs/README.md anew")

// pace is how many words a person reads in a minute, of texts with tables and commands.
const pace = 200

// generated are pages that are written from the program.
var generated = []string{"docs/settings.md", "docs/server.md", "docs/cli.md", "docs/definitions.md", "docs/rooms.md", "docs/scale.md"}

// minutes says how long a text takes to read, in steps that not every edit changes.
func minutes(text string) string {
	took := len(strings.Fields(text)) / pace
	for _, step := range []int{2, 5, 10, 15, 20, 30} {
		if took < step {
			return fmt.Sprintf("up to %d", step)
		}
	}
	return "more than 30"
}

// TestPublishedIndex holds docs/README.md to the pages that there are: every page is in it once, with its title and how long it
// takes to read.
func TestPublishedIndex(t *testing.T) {
	t.Parallel()
	all := pages(t)
	sections := map[string][]string{}
	for name := range all {
		switch dir := path.Dir(name); {
		case dir == "docs/guides":
			sections["guides"] = append(sections["guides"], name)
		case slices.Contains(generated, name) || dir == "docs/rules":
			sections["reference"] = append(sections["reference"], name)
		case dir == "docs" && name != "docs/README.md":
			sections["manual"] = append(sections["manual"], name)
		}
	}
	var b strings.Builder
	b.WriteString("# Pages\n\nMinutes are for reading a page whole, at 200 words a minute; commands and tables count. " +
		"To look something up,\nsearch. This page is written by a test (`go test ./internal/pages -run TestPublishedIndex -update`).\n")
	for _, section := range []struct{ name, heading, about string }{
		{"guides", "Guides", "Each does one thing, from nothing to done. Their commands are run by a test."},
		{"manual", "Manual", "One topic each, with its reasons."},
		{"reference", "Reference", "Written from the program, so it says what the program does."},
	} {
		fmt.Fprintf(&b, "\n## %s\n\n%s\n\n| page | minutes |\n|---|---|\n", section.heading, section.about)
		names := sections[section.name]
		slices.Sort(names)
		for _, name := range names {
			_, rest, _ := strings.Cut("\n"+all[name], "\n# ") // a generated page begins with a comment
			title, _, _ := strings.Cut(rest, "\n")
			title = strings.ReplaceAll(title, "|", `\|`)
			fmt.Fprintf(&b, "| [%s](%s) | %s |\n", title, strings.TrimPrefix(name, "docs/"), minutes(all[name]))
		}
	}
	b.WriteString("\nThe [decisions](adr/README.md) say why things are as they are.\n")
	if *update {
		if err := os.WriteFile("../../docs/README.md", []byte(b.String()), 0o644); err != nil {
			t.Fatal(err)
		}
		return
	}
	if all["docs/README.md"] != b.String() {
		t.Error("docs/README.md is not what the pages come to; write it anew with -update")
	}
}
