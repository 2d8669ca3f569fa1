package flow

import "strings"

// ActorKind is what an account is.
type ActorKind string

// The kinds of account. Nothing is thrown away because of its kind: queries choose.
const (
	Human ActorKind = "human"
	Bot   ActorKind = "bot"
	// AI is an account of a program that writes code: a coding agent.
	AI ActorKind = "ai"
	// Ghost is an account that is gone. Nobody knows whether it was a person; it counts as one.
	Ghost ActorKind = "ghost"
)

// Actor is an account. ID is the forge's, 0 for a ghost: logins change.
type Actor struct {
	ID    int64     `json:"id,omitempty"`
	Login string    `json:"login,omitempty"`
	Kind  ActorKind `json:"kind,omitempty"`
	// Source says how its kind is known: "api" (the forge says so), "suffix", "list", "admin", or "default".
	Source string `json:"source,omitempty"`
}

// person reports whether what the account does counts as a person's.
func (a Actor) person() bool { return a.Kind == Human || a.Kind == Ghost }

// mayBe reports whether two actors are one account, or may be: what one ghost did to another's change is no sign
// of a second person.
func (a Actor) mayBe(b Actor) bool {
	return a.ID == b.ID && (a.ID != 0 || a.Kind == Ghost && b.Kind == Ghost)
}

// agents are accounts that write code without a person: by their login without "[bot]", lower case.
var agents = map[string]bool{
	"copilot": true, "copilot-swe-agent": true, "claude": true, "codex": true, "devin-ai-integration": true,
	"cursor": true, "cursoragent": true, "google-labs-jules": true, "openhands-agent": true, "sweep-ai": true,
}

// bots are accounts of programs that their forge calls users.
var bots = map[string]bool{
	"k8s-ci-robot": true, "googlebot": true, "codecov-io": true, "codecov-commenter": true, "coveralls": true,
	"dependabot-preview": true, "greenkeeperio-bot": true, "renovate-bot": true, "web-flow": true, "bors": true,
	"homu": true, "rust-highfive": true, "rustbot": true, "prow": true, "mergify": true, "sonarcloud": true, "snyk-bot": true,
	"cla-assistant": true, "claassistant": true, "linux-foundation-easycla": true, "facebook-github-bot": true,
	"pytorchmergebot": true, "pytorchbot": true, "github-actions": true, "allcontributors": true, "imgbot": true,
	"stale": true, "netlify": true, "vercel": true, "deepsource-autofix": true, "pre-commit-ci": true, "dependabot": true,
	"renovate": true, "coderabbitai": true, "sourcery-ai": true, "openshift-ci-robot": true, "openshift-merge-robot": true,
	"istio-testing": true, "knative-prow-robot": true, "elasticmachine": true, "msftbot": true,
}

// NewActor says what an account is: what the forge says ("User", "Bot", "Mannequin", ...) goes before what its name
// says. An account with no id and no name is a ghost.
func NewActor(id int64, login, forgeType string) Actor {
	a := Actor{ID: id, Login: login, Kind: Human, Source: "default"}
	name := strings.ToLower(strings.TrimSuffix(login, "[bot]"))
	switch {
	case id == 0 && (login == "" || name == "ghost"), name == "ghost" && id == 10137:
		return Actor{Kind: Ghost, Source: "default"}
	case agents[name] && (forgeType == "Bot" || strings.HasSuffix(login, "[bot]") || forgeType == ""):
		a.Kind, a.Source = AI, "list"
	case forgeType == "Bot":
		a.Kind, a.Source = Bot, "api"
	case strings.HasSuffix(login, "[bot]"), strings.HasSuffix(name, "-bot"):
		a.Kind, a.Source = Bot, "suffix"
	case bots[name]:
		a.Kind, a.Source = Bot, "list"
	case forgeType == "User":
		a.Source = "api"
	}
	return a
}
