package facts

import (
	"path"

	"github.com/lintel-review/lintel/internal/diff"
	"github.com/lintel-review/lintel/internal/risk"
)

// kinds counts the changed files by what they are about.
type kinds struct{ folders, dependencies, automation, migrations, sensitive, rules, unread int }

// kindsOf counts files by what they are about.
func kindsOf(files []diff.File) (k kinds) {
	folders := map[string]bool{}
	for _, f := range files {
		if !f.Complete() {
			k.unread++
		}
		folders[path.Dir(f.Path)] = true
		switch risk.About(f.Path, f.OldPath) {
		case risk.Rules:
			k.rules++
		case risk.Dependencies:
			k.dependencies++
		case risk.Automation:
			k.automation++
		case risk.Migrations:
			k.migrations++
		case risk.Sensitive:
			k.sensitive++
		}
	}
	k.folders = len(folders)
	return k
}
