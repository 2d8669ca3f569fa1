package codeowners

import (
	"cmp"
	"fmt"
	"slices"
	"strings"
)

// Known is who exists, as far as the caller knows.
type Known struct {
	// Teams by "org/team" in lower case, with their members; nil when they are not known. Emails are addresses
	// in lower case with their logins.
	Teams  map[string][]string
	Emails map[string][]string
	// People are the logins in lower case of those who may approve; nil when they are not known.
	People map[string]bool
}

// DeadOwners names each owner of the file who is not known, once, at its first line.
func (f *File) DeadOwners(k Known) []Fault {
	why := map[string]string{}
	at := map[string]*Fault{}
	var order []*Fault
	for _, r := range f.Rules {
		for _, o := range r.Owners {
			key := strings.ToLower(o.String())
			reason, known := why[key]
			if !known {
				reason = k.missing(o)
				why[key] = reason
			}
			switch {
			case reason == "":
			case at[key] == nil:
				at[key] = &Fault{
					Line:    r.Line,
					Kind:    deadOwner,
					Source:  o.String(),
					Message: reason,
					Lines:   []int{r.Line},
					Fix:     "take it out of the line, or name somebody who is there",
				}
				order = append(order, at[key])
			case at[key].Lines[len(at[key].Lines)-1] != r.Line:
				at[key].Lines = append(at[key].Lines, r.Line)
			}
		}
	}
	faults := []Fault{}
	for _, fault := range order {
		if n := f.alone(fault.Lines, why); n > 0 {
			fault.Message += fmt.Sprintf("; nobody else is left on %d of its lines", n)
		}
		faults = append(faults, *fault)
	}
	return faults
}

// alone counts the lines of which all owners are missing.
func (f *File) alone(lines []int, why map[string]string) (n int) {
	for _, line := range lines {
		i, found := slices.BinarySearchFunc(f.Rules, line, func(r Rule, line int) int { return cmp.Compare(r.Line, line) })
		if found && !slices.ContainsFunc(f.Rules[i].Owners, func(o Owner) bool { return why[strings.ToLower(o.String())] == "" }) {
			n++
		}
	}
	return n
}

// missing says why an owner can approve nothing; "" when it can, or when it is not known who exists.
func (k Known) missing(o Owner) string {
	name := strings.ToLower(o.Name)
	gone := func(login string) bool { return k.People != nil && !k.People[strings.ToLower(login)] }
	switch o.Kind {
	case Team:
		members, ok := k.Teams[name]
		switch {
		case k.Teams == nil:
			return ""
		case !ok:
			return "it is not among the teams"
		case len(members) == 0:
			return "the team has no members"
		case !slices.ContainsFunc(members, func(m string) bool { return !gone(m) }):
			return "no member of the team is among the people"
		}
	case Email:
		if logins, ok := k.Emails[name]; ok && (len(logins) == 0 || !slices.ContainsFunc(logins, func(l string) bool { return !gone(l) })) {
			return "nobody who has the address is among the people"
		}
	default:
		if gone(name) {
			return "it is not among the people"
		}
	}
	return ""
}
