package lintel.dependencies

kinds(1, one, _) := sprintf("1 %s", [one])

kinds(n, _, many) := sprintf("%d %s", [n, many]) if n != 1

# few is how many packages a sentence names; each is how many packages get a finding of their own by one rule. What is more is in the table.
few := 10

each := 40

# first_changes are those that may get findings of their own. The facts have them in the order of what there is to say.
first_changes := array.slice(input.dependencies.changes, 0, each)

# What a change brings back, or from another branch, was reviewed where it came from. The types of a package of npm bring no code.
new_direct := [c |
	not input.dependencies.brings_back
	some c in input.dependencies.changes
	c.new_direct
	not c.held
	not c.own
	not startswith(c.name, "@types/")
	c.scope != "peer"
	c.source != "path"
	c.source != "workspace"
]

# A version of Go that was made of a commit has no first number to speak of.
majors := [c |
	some c in input.dependencies.changes
	c.direct
	c.kind == "bumped"
	c.level == "major"
	not c.announced
	not c.own
	not startswith(c.old, "v0.0.0-")
	not input.dependencies.brings_back
]

downgrades := [c |
	some c in input.dependencies.changes
	c.kind == "downgraded"
	not c.announced
	not input.dependencies.brings_back
]

loose := [c |
	some c in input.dependencies.changes
	c.unpinned
]

# names lists the first packages of a list with their versions.
names(list) := concat(", ", array.concat(
	[named(c) | some c in array.slice(list, 0, few)],
	[sprintf("and %d more", [count(list) - few]) | count(list) > few],
))

named(c) := sprintf("%s %s -> %s", [c.name, c.old, c.new]) if {
	c.old != ""
	c.new != ""
	c.old != c.new
} else := at(c)

# at is a package with its version.
at(c) := sprintf("%s %s", [c.name, c.new]) if {
	c.new != ""
} else := c.name

only_path(list) := path if {
	paths := {c.path | some c in list}
	count(paths) == 1
	some path in paths
} else := ""

only_line(list) := list[0].line if {
	count(list) == 1
	list[0].line > 0
} else := 0

pulled(c) := sprintf(" (needed by %s)", [concat(", ", c.by)]) if {
	count(c.by) > 0
	not c.direct
} else := ""

away := {"git": "a git repository", "url": "an address", "fork": "another module (replace in go.mod)"}

location(c) := sprintf(": %s", [c.location]) if {
	c.location != ""
} else := ""

mismatch(m) := sprintf("%s asks for %s (%s), and %s has %s.", [m.path, m.name, m.requirement, m.lock, m.locked]) if {
	m.locked != ""
} else := sprintf("%s asks for %s, and %s does not have it.", [m.path, asked(m), m.lock])

asked(m) := sprintf("%s (%s)", [m.name, m.requirement]) if {
	m.requirement != ""
} else := m.name

folder(path) := concat("/", array.slice(parts, 0, count(parts) - 1)) if {
	parts := split(path, "/")
	count(parts) > 1
} else := "the root folder"

# installer is what writes a lock file anew.
installer(lock) := command if {
	some end, command in commands
	endswith(lock, end)
} else := "your package manager"

commands := {
	"package-lock.json": "npm install",
	"yarn.lock": "yarn install",
	"pnpm-lock.yaml": "pnpm install",
	"uv.lock": "uv lock",
	"poetry.lock": "poetry lock",
	"Pipfile.lock": "pipenv lock",
	"Cargo.lock": "cargo update --workspace",
	"Gemfile.lock": "bundle lock",
	"composer.lock": "composer update --lock",
	"go.sum": "go mod tidy",
}

short(commit) := substring(commit, 0, 10)

submodule(s) := sprintf("The submodule %s points at %s instead of %s.", [s.path, short(s.new), short(s.old)]) if {
	s.old != ""
	s.new != ""
} else := sprintf("The submodule %s is added, at %s.", [s.path, short(s.new)]) if {
	s.new != ""
} else := sprintf("The submodule %s is removed, or nobody knows where it points.", [s.path])

tag("") := "no tag, which means latest,"

tag(t) := sprintf("the tag %s", [t]) if t != ""

unread := concat("; ", array.concat(
	[sprintf("%s (%s of the change: %s)", [u.path, u.side, u.reason]) | some u in array.slice(input.dependencies.unread, 0, 3)],
	[sprintf("and %d more", [n]) |
		n := (count(input.dependencies.unread) + input.dependencies.unread_more) - 3
		n > 0
	],
))

licence_bad(c) if c.licence_refused

licence_bad(c) if c.licence_unknown

licence(c) := sprintf("%s has the licence %s, which dependencies.licences does not allow%s.", [at(c), c.licence, pulled(c)]) if {
	c.licence_refused
} else := sprintf("%s has the licence \"%s\", which is no SPDX expression, so that nobody knows whether it is allowed%s.", [at(c), c.licence, pulled(c)])

# moved_sources are the sources outside of registries that are new, each with its packages.
moved_sources := [{"source": source, "location": location, "packages": packages} |
	some [source, location] in {[c.source, c.location] | some c in new_sources}
	packages := [c | some c in new_sources; c.source == source; c.location == location]
]

new_sources := [c |
	some c in input.dependencies.changes
	c.new_source
	away[c.source]
]

# new_hosts are the hosts of one file that nothing came from before, each with its packages.
new_hosts := array.slice(every_new_host, 0, each)

every_new_host := [{"host": host, "packages": packages} |
	some [path, host] in {[c.path, c.host] | some c in input.dependencies.changes; c.new_host}
	packages := [c | some c in input.dependencies.changes; c.new_host; c.path == path; c.host == host]
]

are(list) := sprintf("%s is", [at(list[0])]) if {
	count(list) == 1
} else := sprintf("%d packages are (%s)", [count(list), names(list)])

comes(list) := sprintf("%s now comes", [at(list[0])]) if {
	count(list) == 1
} else := sprintf("%d packages now come (%s)", [count(list), names(list)])
