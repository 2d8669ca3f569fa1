package config

import "time"

// Advice is how the server runs advice. The key model names the model; a repository's settings say whether it gets
// advice.
type Advice struct {
	Run      string   `json:"run" jsonschema:"enum=serve,enum=worker"`
	Askers   int      `json:"askers" jsonschema:"minimum=1,maximum=64"`
	Debounce Duration `json:"debounce"`
}

func defaultAdvice() Advice {
	return Advice{Run: "serve", Askers: 2, Debounce: "60s"}
}

// Advised reports whether this server gives advice at all.
func (c Config) Advised() bool { return c.Advice.Run == "worker" || c.Model.Endpoint != "" }

// adviceKeys describes the keys from advice on.
var adviceKeys = map[string]string{
	"advice": "How advice is run, after the check was published and beside everything else.",
	"advice.run": "serve asks the model in the server's process; worker leaves that to lintel worker, a process " +
		"that holds no key of the forge. The server then needs no model section.",
	"advice.askers":   "Pull requests about which a model is asked at once, by one process.",
	"advice.debounce": "How long to wait for another push before a model is asked. A duration such as 60s.",
}

// check finds what the schema cannot express.
func (a Advice) check(add func(key, format string, args ...any)) {
	if !a.Debounce.within(0, time.Hour) {
		add("advice.debounce", "%q is not a duration up to 1h, such as 60s", a.Debounce)
	}
}
