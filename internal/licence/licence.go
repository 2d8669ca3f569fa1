// Package licence judges expressions of SPDX, such as "MIT OR Apache-2.0".
package licence

import (
	"slices"
	"strings"

	"github.com/github/go-spdx/v2/spdxexp"
	"github.com/github/go-spdx/v2/spdxexp/spdxlicenses"
)

// Stated are the ids that an expression names. An error says that it is none.
func Stated(expression string) ([]string, error) { return spdxexp.ExtractLicenses(expression) }

// Satisfies reports whether the allowed ids are enough for an expression: of alternatives one, of combinations all.
func Satisfies(expression string, allowed []string) (bool, error) {
	return spdxexp.Satisfies(expression, allowed)
}

// Known reports whether a text is one id of SPDX's list, or a LicenseRef, as SPDX spells it.
func Known(id string) bool {
	if strings.HasPrefix(id, "LicenseRef-") {
		stated, err := spdxexp.ExtractLicenses(id)
		return err == nil && len(stated) == 1
	}
	all := Listed()
	return slices.Contains(all, id) || slices.Contains(all, strings.TrimSuffix(id, "+"))
}

// Listed are the ids of SPDX's list.
func Listed() []string { return append(spdxlicenses.GetLicenses(), spdxlicenses.GetDeprecated()...) }
