package audit

import (
	"fmt"
	"slices"
	"strings"

	"github.com/rhysd/actionlint"

	"github.com/lintel-review/lintel/internal/lazyregexp"
	"github.com/lintel-review/lintel/internal/text"
)

var (
	commitSHA = lazyregexp.New(`^[0-9a-fA-F]{40}$`)
	shortSHA  = lazyregexp.New(`^[0-9a-f]{7,39}$`)
)

// uses audits the reference to an action or a reusable workflow.
func (a *auditor) uses(u *actionlint.String) {
	ref := value(u)
	switch {
	case ref == "" || strings.Contains(ref, "${{"), strings.HasPrefix(ref, "./"), strings.HasPrefix(ref, "../"),
		strings.HasPrefix(ref, "$/"):
		return // an expression is refused by GitHub, and the repository's own files are judged by themselves
	case strings.HasPrefix(ref, "docker://"):
		a.unpinnedImage(strings.TrimPrefix(ref, "docker://"), lineOf(u))
		return
	}
	name, version, _ := strings.Cut(ref, "@")
	owner, rest, slash := strings.Cut(name, "/")
	if !slash || version == "" {
		return // GitHub refuses it, and syntax says so
	}
	repository, _, _ := strings.Cut(rest, "/")
	a.lookalike(owner, repository, lineOf(u))
	if commitSHA.MatchString(version) || strings.EqualFold(owner, a.options.Owner) || trusted(owner, repository, a.options.Trusted) {
		return
	}
	kind, what := "tag", "the tag "+excerpt(version)+", which its owner can move to other code"
	switch {
	case shortSHA.MatchString(version):
		kind, what = "short", "a shortened commit id, which GitHub does not accept as a pin"
	case version == "main" || version == "master" || version == "develop" || version == "dev" || version == "latest":
		kind, what = "branch", "the branch "+version+", so each run takes whatever stands there"
	}
	f := Finding{
		Audit:   UnpinnedUses,
		Line:    lineOf(u),
		Subject: strings.ToLower(owner+"/"+rest) + " by " + kind,
		Message: fmt.Sprintf("%s is used by %s. It runs with this job's token and secrets.", excerpt(name), what),
		Remedy: fmt.Sprintf("Pin the full commit id and keep the version as a comment: uses: %s@COMMIT # %s. "+
			"This prints it: gh api repos/%s/%s/commits/%s --jq .sha", excerpt(name), excerpt(version), excerpt(owner), excerpt(repository),
			excerpt(version)),
	}
	f.Rewrite = a.knownPin(name, version, lineOf(u))
	a.add(f)
}

// knownPin rewrites the reference by the pin that the same file has for the same action and version elsewhere.
func (a *auditor) knownPin(name, version string, line int) *Rewrite {
	for _, l := range a.file.lines {
		at := strings.Index(l, name+"@")
		if at < 0 {
			continue
		}
		pin, comment, _ := strings.Cut(l[at+len(name)+1:], "#")
		pin = strings.Trim(pin, " \"'")
		if comment = strings.TrimSpace(comment); commitSHA.MatchString(pin) && comment == version {
			now := a.file.line(line)
			return &Rewrite{First: line, Last: line, Text: strings.TrimRight(
				strings.Replace(now, name+"@"+version, name+"@"+pin, 1), " ") + " # " + version + "\n"}
		}
	}
	return nil
}

func trusted(owner, repository string, all []string) bool {
	return slices.ContainsFunc(all, func(t string) bool {
		o, r, _ := strings.Cut(t, "/")
		return strings.EqualFold(o, owner) && (r == "*" || strings.EqualFold(r, repository))
	})
}

// image audits a container that a job or a service runs in.
func (a *auditor) image(c *actionlint.Container) {
	if c == nil || c.Image == nil || strings.Contains(c.Image.Value, "${{") {
		return
	}
	a.unpinnedImage(c.Image.Value, lineOf(c.Image))
}

func (a *auditor) unpinnedImage(image string, line int) {
	if image == "" || strings.Contains(image, "@sha256:") {
		return
	}
	name := image
	if at := strings.LastIndex(image, ":"); at > strings.LastIndex(image, "/") {
		name = image[:at]
	}
	a.add(Finding{
		Audit:   UnpinnedImages,
		Line:    line,
		Subject: name,
		Message: fmt.Sprintf("The image %s is named without a digest, so its content can change between two runs.", excerpt(image)),
		Remedy:  fmt.Sprintf("Write %s@sha256:DIGEST. This prints it: docker buildx imagetools inspect %s", excerpt(image), excerpt(image)),
	})
}

// owners are the owners of actions that most workflows use, and with which names are confused.
var owners = []string{"actions", "github", "docker", "aws-actions", "azure", "google-github-actions", "hashicorp", "codecov", "golangci",
	"softprops", "peter-evans", "dorny", "ruby", "gradle", "goreleaser", "sigstore", "pypa", "rust-lang", "dtolnay", "pnpm", "oven-sh"}

// lookalike finds owners that differ from a well-known one by a single slip of the keys.
func (a *auditor) lookalike(owner, repository string, line int) {
	o := strings.ToLower(owner)
	if len(o) < 5 || slices.Contains(owners, o) || strings.EqualFold(owner, a.options.Owner) {
		return
	}
	for _, known := range owners {
		if text.OneSlip(o, known) {
			a.add(Finding{
				Audit:   LookalikeAction,
				Line:    line,
				Subject: o + "/" + strings.ToLower(repository),
				Message: fmt.Sprintf("The owner %s differs from %s by one character. Names like this are registered to be mistyped.",
					excerpt(owner), known),
				Remedy: fmt.Sprintf("If %s/%s is meant, write it so. If not, look at who owns %s/%s before it runs.", known,
					excerpt(repository),
					excerpt(owner), excerpt(repository)),
			})
			return
		}
	}
}
