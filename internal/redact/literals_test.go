package redact

import (
	"strings"
	"testing"
)

// Values that no shape gives away; only the name before them does. None was ever in use.
const (
	spoken = "Tr0ub4dor" + "-and-3"
	lazy   = "winter" + "sun"
	basic  = "dXNlcjpodW50" + "ZXIy"
)

var hexes = strings.Repeat("9f86d081"+"884c7d65", 4)

func TestLiteralsByTheirNames(t *testing.T) {
	for _, in := range []string{
		`DB_PASSWORD = "` + spoken + `"`, `password = '` + lazy + `'`,
		`{"password": "` + lazy + `"}`, `{"db":{"pass":"` + spoken + `"}}`,
		`db.password=` + spoken, `password: ` + lazy, `  password: ` + spoken + ` # for now`, `- password: ` + spoken,
		`export DB_PASS=` + lazy, `DB_PASSWORD=` + lazy,
		`$env:API_TOKEN = "` + spoken + `"`, `ENV DB_PASSWORD ` + spoken,
		`ENV DB_PASSWORD=` + lazy,
		`conn := "Server=db;User Id=sa;Password=` + lazy + `;Encrypt=true"`,
		`"AccountName=a;AccountKey=` + hexes + `;EndpointSuffix=x"`,
		`"host=db user=app password=` + spoken + ` dbname=x"`,
		`db, err := sql.Open("mysql", "root:` + lazy + `@tcp(db:3306)/x")`,
		`amqp = "guest:` + lazy + `@mq.internal:5672"`, `jdbc:sqlserver://h;user=sa;password=` + spoken + `;`,
		`u = "https://x.example/?token=` + lazy + `&a=1"`,
		`Authorization: Basic ` + basic, `Authorization: Bearer ` + hexes,
		`curl -H "Authorization: Bearer ` + hexes + `" x`,
		`req.Header.Set("Authorization", "Basic ` + basic + `")`,
		`headers = {'Authorization': 'token ` + spoken + `'}`, `"Bearer ` + hexes + `"`,
		`curl -H 'X-Api-Key: ` + hexes + `'`, `X-Auth-Token: ` + spoken,
		`mysql --password=` + lazy + ` db`, `tool --token ` + spoken + ` go`,
		`<password>` + lazy + `</password>`, `<add key="x" password="` + lazy + `" />`,
		`const secret: string = "` + lazy + `";`,
		`var dbPassword string = "` + lazy + `"`, "token := `" + spoken + "`",
		`os.environ["SECRET_KEY"] = "` + lazy + `"`, `m.put("password", "` + lazy + `");`,
		`client.setPassword("` + lazy + `")`, `if password == "` + lazy + `" {`,
		`log("{\"password\": \"` + lazy + `\"}")`, `'secret' => '` + lazy + `',`,
		`- {name: DB_PASSWORD, value: "` + lazy + `"}`, "- name: DB_PASSWORD\n  value: " + lazy,
		"- name: DB_PASSWORD\n  value: \"" + lazy + "\"",
		`signingKey = "` + hexes + `"`, `passphrase = "correct horse ` + lazy + `"`,
		`password = "cut off ` + lazy, `password = b"` + lazy + `"`,
		`[]byte("x"); secret := []byte("` + lazy + `")`, `password = "<SECRET_1>` + lazy + `"`,
	} {
		got, n, err := shared.Session().Redact("x", in)
		if err != nil || n == 0 {
			t.Errorf("%q: %d places, %v", in, n, err)
		}
		for _, leak := range []string{spoken, lazy, basic, hexes} {
			if strings.Contains(got, leak) {
				t.Errorf("%q is left in %q", leak, got)
			}
		}
		if again, more, err := shared.Session().Redact("x", got); err != nil || again != got {
			t.Errorf("a second time changes it again: %d places, %v\n%s\n%s", more, err, got, again)
		}
	}
}

// What is redacted without need is lost to a review: ordinary code about passwords and tokens stays.
func TestCodeAboutSecretsStays(t *testing.T) {
	for _, in := range []string{
		`password := os.Getenv("DB_PASSWORD")`, `password = getPassword()`,
		`token = response.token`, `token: this.token,`, `token := next(s)`,
		`password: string`, `token?: string;`, `token: Token`,
		`Password string ` + "`json:\"password\"`", `connect(user=user, password=password)`,
		`password: ${DB_PASSWORD}`, `password: "{{ .Values.password }}"`,
		`password: <your password>`, `token=$TOKEN`, `export TOKEN="$1"`,
		`secretName: my-app`, `token_url: "https://x.example/token"`,
		`passwordField = "field"`, `const key = "name"`, `key: value`,
		`cache-key: v1`, `<input type="password" name="pw">`,
		`Basic authentication is off`, `the bearer of this`, `tokenType: "bearer"`,
		`req.Header.Set("Authorization", "Bearer "+token)`,
		`fmt.Printf("password: %s", p)`, `bypass = "always"`, `passed := "all of them"`,
		`if token == nil {`, `return errors.New("the token is not valid")`,
		`for key, value := range m {`, `user@host.example:22`,
		`func token(s string) string {`, `tokens = append(tokens, "x")`, `let mut token = String::new();`,
	} {
		got, n, err := shared.Session().Redact("x", in)
		if err != nil || n > 0 || got != in {
			t.Errorf("%q became %q, %v", in, got, err)
		}
	}
}
