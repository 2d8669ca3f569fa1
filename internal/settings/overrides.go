package settings

// Overrides says who may let a change merge although a rule refuses, and for how long.
type Overrides struct {
	// Allow are those who may: "permission:maintain" is everybody with that permission or a higher one, "team:NAME" the
	// members of a team of the organisation that owns the repository, "owner:path" those who own, by CODEOWNERS at the base,
	// every path that the override lets pass. Empty: nobody.
	Allow []string `json:"allow" jsonschema:"maxItems=20,maxLength=100,pattern=^(permission:(write|maintain|admin)|team:[a-z0-9_-]+|owner:path)$"`
	// Bots are the programs whose comments are read as those of people are, by their logins.
	Bots []string `json:"bots" jsonschema:"maxItems=20,uniqueItems=true,maxLength=100,pattern=^[A-Za-z0-9-]+\\[bot\\]$"`
	// FourEyes asks for a second person where the author of the change overrides.
	FourEyes bool `json:"four_eyes"`
	// Expires is the longest that an override may last: "push", "base", or a span such as "24h" or "7d".
	Expires string `json:"expires" jsonschema:"maxLength=10,pattern=^(push|base|[1-9][0-9]{0\\,3}h|[1-9][0-9]{0\\,2}d)$"`
}

var overridesKeys = []key{
	{"overrides", "Who may let a change merge although a rule refuses, by a command in a comment. " +
		"[Overrides](overrides.md) explains it.", ""},
	{"overrides.allow", "`permission:write`, `permission:maintain` or `permission:admin` is everybody with at least that permission, " +
		"`team:NAME` the members of a team, `owner:path` the owners of the paths that it lets pass. An empty list: " +
		"nobody.", "allow: [\"permission:maintain\", \"team:platform\"]"},
	{"overrides.bots", "Programs whose comments are read as commands, too; what they may do is asked of the forge as for people. " +
		"Others are ignored.", "bots: [\"renovate[bot]\"]"},
	{"overrides.four_eyes", "An override by the author of the change waits until a second person gives the same one.", "four_eyes: true"},
	{"overrides.expires", "The longest that an override may last: until the next `push` to the change, the next push to its `base`, " +
		"or a span such as `24h` or `7d`.", "expires: 24h"},
}

func filledOverrides() Overrides {
	return Overrides{Allow: []string{"permission:maintain"}, Bots: []string{}, Expires: "push"}
}
