package change

import "errors"

// Ambiguous says that more than one forge has a name that somebody asked for.
type Ambiguous struct{ Name string }

func (a *Ambiguous) Error() string { return a.Name + " is on GitHub and on GitLab" }

// OnForge finds what people call by a name: on the forge that they name, or, where they name none, on the one that has it.
// find answers ErrNotFound where it is not. With the name on several forges the error is *Ambiguous.
func OnForge[T any](named Forge, name string, find func(Forge) (T, error)) (on Forge, found T, err error) {
	for _, forge := range Forges() {
		if named != "" && named != forge {
			continue
		}
		one, err := find(forge)
		switch {
		case errors.Is(err, ErrNotFound):
		case err != nil:
			return "", found, err
		case on != "":
			var none T
			return "", none, &Ambiguous{name}
		default:
			on, found = forge, one
		}
	}
	if on == "" {
		return "", found, ErrNotFound
	}
	return on, found, nil
}
