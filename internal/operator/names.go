package operator

import (
	"context"
	"errors"
	"fmt"
	"os/user"
	"strconv"

	"github.com/lintel-review/lintel/internal/change"
	"github.com/lintel-review/lintel/internal/lazyregexp"
	"github.com/lintel-review/lintel/internal/usage"
)

// pullName is owner/repository#number on GitHub, and group/sub/name!number on GitLab, where groups may be nested.
var pullName = lazyregexp.New(`^(?:([A-Za-z0-9][A-Za-z0-9-]{0,38})/([A-Za-z0-9._-]{1,100})#|` +
	`([A-Za-z0-9_][A-Za-z0-9_.-]*(?:/[A-Za-z0-9_][A-Za-z0-9_.-]*)*)/([A-Za-z0-9_][A-Za-z0-9_.-]*)!)([1-9][0-9]{0,8})$`)

// pullAddress is where a change's page is, as browsers show it.
var pullAddress = lazyregexp.New(`^https?://[^/]+/([^?#]+?)/(pull|-/merge_requests)/([0-9]+)(?:[/?#].*)?$`)

// Pull is the name of a change.
type Pull struct {
	Forge             change.Forge
	Owner, Repository string
	Number            int
}

// parsePull takes owner/repository#number apart, or group/sub/name!number, or the address of either's page.
func parsePull(name string) (Pull, error) {
	typed := name
	if a := pullAddress.FindStringSubmatch(name); a != nil {
		sigil := "!"
		if a[2] == "pull" {
			sigil = "#"
		}
		name = a[1] + sigil + a[3]
	}
	m := pullName.FindStringSubmatch(name)
	if m == nil {
		return Pull{}, &usage.Error{
			What: fmt.Sprintf("%q names no pull request", typed),
			Remedy: "write it as owner/repository#number, such as 'acme/shop#12', in quotes where the shell needs them, " +
				"or give the address of its page",
		}
	}
	number, err := strconv.Atoi(m[5])
	if err != nil {
		return Pull{}, fmt.Errorf("read the number of %q: %w", name, err)
	}
	if m[3] != "" {
		return Pull{change.GitLab, m[3], m[4], number}, nil
	}
	return Pull{change.GitHub, m[1], m[2], number}, nil
}

// String is the name as people write it.
func (p Pull) String() string {
	return fmt.Sprintf("%s/%s%s%d", p.Owner, p.Repository, p.Forge.Words().Sigil, p.Number)
}

// repositoryName is owner/repository, where the owner may be a path of GitLab's groups.
var repositoryName = lazyregexp.New(`^[A-Za-z0-9_][A-Za-z0-9_.-]*(?:/[A-Za-z0-9_][A-Za-z0-9_.-]*)*/[A-Za-z0-9._-]{1,255}$`)

// CheckRepository says what is wrong with the name of a repository.
func CheckRepository(name string) error {
	if repositoryName.MatchString(name) {
		return nil
	}
	return &usage.Error{What: fmt.Sprintf("%q names no repository", name), Remedy: "write it as owner/repository, such as acme/shop"}
}

// ForgeFlag says on which forge a name is.
type ForgeFlag struct {
	Forge string `enum:"github,gitlab," default:"" help:"Which forge is meant, where both have the name: github or gitlab."`
}

// names is the record of repositories.
type names interface {
	RepositoryNamed(ctx context.Context, forge change.Forge, owner, name string) (change.Repository, error)
}

// Repository finds a repository by its name. One that the forge no longer shows is found as well, unless another has its
// name today.
func (f ForgeFlag) Repository(ctx context.Context, in names, name string) (change.Forge, change.Repository, error) {
	owner, short, _ := change.SplitName(name)
	on, found, err := change.OnForge(change.Forge(f.Forge), name, func(forge change.Forge) (change.Repository, error) {
		return in.RepositoryNamed(ctx, forge, owner, short)
	})
	return on, found, Unknown(err, name)
}

// Unknown gives what a person can do where a name is on no forge, or on both. Other errors stay what they are.
func Unknown(err error, name string) error {
	if both, ok := errors.AsType[*change.Ambiguous](err); ok {
		return &usage.Error{What: both.Error(), Remedy: "say which with --forge github or --forge gitlab"}
	}
	if errors.Is(err, change.ErrNotFound) {
		return &usage.Error{
			What:   "the server has not heard of " + name,
			Remedy: "check the spelling; else install the App on it, or send its webhooks here",
			Err:    err,
		}
	}
	return err
}

// Name names whoever runs a command on the server's machine, for the record.
func Name() string {
	if u, err := user.Current(); err == nil && u.Username != "" {
		return u.Username + " (operator)"
	}
	return "operator"
}
