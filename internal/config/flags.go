package config

// Flags are the keys of the server's file that a command line can set, too.
type Flags struct {
	Config      string `placeholder:"FILE" help:"The server's file (YAML). Every key can also be set by an environment variable; see docs/server.md."`
	Listen      string `placeholder:"ADDR" help:"Address and port for webhooks and pages."`
	AdminListen string `placeholder:"ADDR" help:"Address and port for pages and metrics of those who run Lintel."`
	PublicURL   string `placeholder:"URL" name:"public-url" help:"The address under which the server is reached from outside."`
	Database    string `placeholder:"URL" help:"sqlite://PATH or postgres://USER@HOST/NAME."`
	Roles       string `placeholder:"ROLES" help:"What this process works on beside others on one PostgreSQL: web, gate, advise, sweeps, reports. Default: all."`
	Gate        string `placeholder:"MODE" help:"enforce, or warn on bad days."`
}

// Read reads a configuration by one of the Load functions: file, then environment, then flags.
func (f Flags) Read(
	load func(path string, environ []string, overrides map[string]string) (Config, error), environ []string,
) (Config, error) {
	return load(f.Config, environ, given(map[string]string{
		"listen":       f.Listen,
		"admin_listen": f.AdminListen,
		"public_url":   f.PublicURL,
		"database":     f.Database,
		"gate":         f.Gate,
		"roles":        f.Roles,
	}))
}

// DatabaseFlags name the server's database alone.
type DatabaseFlags struct {
	Config   string `placeholder:"FILE" help:"The server's file (YAML)."`
	Database string `placeholder:"URL" help:"sqlite://PATH or postgres://USER@HOST/NAME."`
}

// Read is LoadDatabase by these flags.
func (f DatabaseFlags) Read(environ []string) (Config, error) {
	return Flags{Config: f.Config, Database: f.Database}.Read(LoadDatabase, environ)
}

// ModelFlags name a language model: by the server's file, or by hand.
type ModelFlags struct {
	Config   string `placeholder:"FILE" help:"The server's file (YAML); its model block is used, and nothing else of it."`
	Endpoint string `name:"model-endpoint" placeholder:"URL" help:"Address of an OpenAI-compatible API, such as http://127.0.0.1:11434/v1."`
	Name     string `name:"model-name" placeholder:"NAME" help:"The model, by the endpoint's name for it."`
	KeyFile  string `name:"model-key-file" placeholder:"FILE" help:"A file with the API key."`
	Way      string `name:"model-output" placeholder:"WAY" help:"How answers are kept in form: auto, json_schema, json_object, tool or text."`
}

// Read is LoadModel by these flags.
func (f ModelFlags) Read(environ []string) (Model, error) {
	return LoadModel(f.Config, environ, given(map[string]string{
		"model.endpoint": f.Endpoint,
		"model.name":     f.Name,
		"model.key_file": f.KeyFile,
		"model.output":   f.Way,
	}))
}

// given keeps the keys that have a value.
func given(all map[string]string) map[string]string {
	for key, value := range all {
		if value == "" {
			delete(all, key)
		}
	}
	return all
}
