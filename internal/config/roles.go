package config

import (
	"slices"
	"strings"

	"github.com/lintel-review/lintel/internal/role"
)

// Has reports whether a server has a role; without any named it has all.
func (c Config) Has(name string) bool { return len(c.Roles) == 0 || slices.Contains(c.Roles, name) }

// EachRole lists the roles of a server.
func (c Config) EachRole() []string {
	return slices.DeleteFunc(role.Served(), func(name string) bool { return !c.Has(name) })
}

// Public reports whether a server answers on the public listener: one without these roles has that of operators alone.
func (c Config) Public() bool { return c.Has(role.Web) || c.Has(role.Reports) }

func (c Config) checkRoles(add func(key, format string, args ...any)) {
	all := role.Served()
	for _, name := range c.Roles {
		if !slices.Contains(all, name) {
			add("roles", "%q is none of %s", name, strings.Join(all, ", "))
		}
	}
	if strings.HasPrefix(c.Database, "sqlite:") && len(c.EachRole()) < len(all) {
		add("roles", "with SQLite one process has all of them; several need PostgreSQL (docs/postgresql.md)")
	}
}
