// Package excerpt is the part of a change that a model reads: which files it may see at all, the hunks with an id on
// every line, their weight, and which of them fit. Every hunk gets an entry in the ledger, read or not.
//
// Callers may rely on: everything is pure and equal inputs give equal excerpts; a path is judged by its old name too;
// hunks that only delete are kept; a shown line holds no invisible character and nothing that
// looks like our own marks.
package excerpt

import (
	"path"
	"strings"

	"github.com/lintel-review/lintel/internal/diff"
	"github.com/lintel-review/lintel/internal/language"
)

// secretNames are files that hold keys and passwords by their nature, as patterns of path.Match on the base name in lower case.
var secretNames = []string{
	".env", ".env.*", "*.env", ".envrc", "*.pem", "*.key", "*.p8", "*.p12", "*.pfx", "*.jks", "*.keystore", "*.ppk", "*.kdbx", "*.gpg",
	"*.asc",
	"id_rsa*", "id_dsa*", "id_ecdsa*", "id_ed25519*", ".npmrc", ".pypirc", ".netrc", "_netrc", ".pgpass", ".htpasswd", ".dockercfg",
	".dockerconfigjson",
	"credentials", "credentials.*", "secrets.*", "secret.*", "*.secrets", "*.secret", "*.tfstate", "*.tfstate.*", "*.tfvars",
	"*.tfvars.json",
	"service-account*.json", "service_account*.json", "kubeconfig", "*.kubeconfig", "master.key",
}

// secretFolders are folders of such files.
var secretFolders = []string{".ssh", ".aws", ".gnupg", ".kube", ".docker", ".azure"}

// The reasons for which even the name of a file is not for a model.
const (
	neverSent   = "the settings never send it"
	namedSecret = "its name says that it holds secrets"
)

// Hidden reports whether a reason of Excluded is one for which not even the file's name may be sent.
func Hidden(why string) bool { return why == neverSent || why == namedSecret }

// secretPath reports whether a path holds secrets by its name.
func secretPath(p string) bool {
	p = strings.ToLower(p)
	for _, folder := range strings.Split(path.Dir(p), "/") {
		for _, s := range secretFolders {
			if folder == s {
				return true
			}
		}
	}
	for _, pattern := range secretNames {
		if ok, err := path.Match(pattern, path.Base(p)); ok && err == nil {
			return true
		}
	}
	return false
}

// Excluded gives the reason for each file that no model may read, or that has nothing to read. attributes are .gitattributes
// files of the base by their path; neverSend are patterns as in .gitignore. The errors name patterns that cannot be
// read: nothing may be sent then.
func Excluded(files []diff.File, attributes map[string][]byte, neverSend []string) (map[string]string, []error) {
	ignore, errs := language.ParseIgnore(neverSend)
	attrs, _ := language.ParseAttributes(attributes)
	classes := language.NewClassifier(attrs)
	out := map[string]string{}
	for _, f := range files {
		if why := excluded(f, ignore, classes); why != "" {
			out[f.Path] = why
		}
	}
	if ignore.Exhausted() {
		errs = append(errs, errTooMuchWork)
	}
	return out, errs
}

// Forbidden gives the reason for each path that no model may read by its name alone, whatever is in it. The errors name
// patterns that cannot be read: nothing may be sent then.
func Forbidden(paths, neverSend []string) (map[string]string, []error) {
	ignore, errs := language.ParseIgnore(neverSend)
	out := map[string]string{}
	for _, p := range paths {
		if why := forbidden(p, ignore); why != "" {
			out[p] = why
		}
	}
	if ignore.Exhausted() {
		errs = append(errs, errTooMuchWork)
	}
	return out, errs
}

func forbidden(p string, ignore *language.Ignore) string {
	if pattern := ignore.Match(p); pattern != "" {
		return neverSent
	}
	if secretPath(p) {
		return namedSecret
	}
	return ""
}

func excluded(f diff.File, ignore *language.Ignore, classes *language.Classifier) string {
	for _, p := range []string{f.Path, f.OldPath} {
		if p == "" {
			continue
		}
		if why := forbidden(p, ignore); why != "" {
			return why
		}
	}
	switch f.State {
	case diff.Binary:
		return "binary"
	case diff.Symlink:
		return "a symbolic link"
	case diff.Submodule:
		return "a submodule"
	case diff.PureRename:
		return "renamed without a change"
	case diff.ModeOnly:
		return "only its mode changed"
	case diff.Empty:
		return "empty"
	}
	switch class := classes.Classify(f.Path, head(f), f.Status == diff.Added); class.Kind {
	case language.Source:
		return ""
	case language.Lock:
		return "a lock file"
	case language.Suppressed:
		return "its diff is switched off by .gitattributes"
	default:
		return string(class.Kind)
	}
}

// headLines is how many first lines of a file may hold a generator's mark.
const headLines = 200

// head is the start of the file at the head, as far as the first hunk shows it.
func head(f diff.File) []byte {
	if len(f.Hunks) == 0 || f.Hunks[0].NewStart > 1 {
		return nil
	}
	var b strings.Builder
	for i, l := range f.Hunks[0].Lines {
		if i == headLines {
			break
		}
		if l.Op != diff.Delete {
			b.WriteString(l.Text + "\n")
		}
	}
	return []byte(b.String())
}

// Strip removes the lines from the hunks of excluded files, so that nobody who stores or forwards the files can show
// them. The rest is shared, not copied.
func Strip(files []diff.File, excluded map[string]string) []diff.File {
	out := make([]diff.File, len(files))
	for i, f := range files {
		if _, ok := excluded[f.Path]; ok {
			hunks := make([]diff.Hunk, len(f.Hunks))
			for j, h := range f.Hunks {
				h.Lines, h.Section = nil, ""
				hunks[j] = h
			}
			f.Hunks = hunks
		}
		out[i] = f
	}
	return out
}
