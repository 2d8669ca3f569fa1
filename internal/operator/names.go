package operator

import (
	"fmt"
	"os/user"
	"strconv"

	"github.com/lintel-review/lintel/internal/lazyregexp"
	"github.com/lintel-review/lintel/internal/usage"
)

var pullName = lazyregexp.New(`^([A-Za-z0-9][A-Za-z0-9-]{0,38})/([A-Za-z0-9._-]{1,100})#([1-9][0-9]{0,8})$`)

// Pull is the name of a pull request.
type Pull struct {
	Owner, Repository string
	Number            int
}

// parsePull takes owner/repository#number apart.
func parsePull(name string) (Pull, error) {
	m := pullName.FindStringSubmatch(name)
	if m == nil {
		return Pull{}, &usage.Error{
			What:   fmt.Sprintf("%q names no pull request", name),
			Remedy: "write it as owner/repository#number, such as 'acme/shop#12', in quotes where the shell needs them",
		}
	}
	number, err := strconv.Atoi(m[3])
	if err != nil {
		return Pull{}, fmt.Errorf("read the number of %q: %w", name, err)
	}
	return Pull{m[1], m[2], number}, nil
}

// String is the name as people write it.
func (p Pull) String() string { return fmt.Sprintf("%s/%s#%d", p.Owner, p.Repository, p.Number) }

// repositoryName is owner/repository.
var repositoryName = lazyregexp.New(`^[A-Za-z0-9][A-Za-z0-9-]{0,38}/[A-Za-z0-9._-]{1,100}$`)

// CheckRepository says what is wrong with the name of a repository.
func CheckRepository(name string) error {
	if repositoryName.MatchString(name) {
		return nil
	}
	return &usage.Error{What: fmt.Sprintf("%q names no repository", name), Remedy: "write it as owner/repository, such as acme/shop"}
}

// Name names whoever runs a command on the server's machine, for the record.
func Name() string {
	if u, err := user.Current(); err == nil && u.Username != "" {
		return u.Username + " (operator)"
	}
	return "operator"
}
