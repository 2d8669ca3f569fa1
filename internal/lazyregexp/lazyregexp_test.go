package lazyregexp

import (
	"reflect"
	"regexp"
	"testing"
)

// Every method gives what that of regexp.Regexp gives.
func TestMethods(t *testing.T) {
	const pattern, text = `(?P<word>[a-z]+)(\d)?`, "ab1 cd, ef2"
	lazy, plain := reflect.ValueOf(New(pattern)), reflect.ValueOf(regexp.MustCompile(pattern))
	for i := range lazy.NumMethod() {
		name := lazy.Type().Method(i).Name
		var args []reflect.Value
		bytes := 0
		for j := range lazy.Method(i).Type().NumIn() {
			switch in := lazy.Method(i).Type().In(j); in {
			case reflect.TypeFor[string]():
				args = append(args, reflect.ValueOf(map[bool]string{true: text, false: "<$word>"}[j == 0]))
			case reflect.TypeFor[[]byte]():
				args = append(args, reflect.ValueOf([]byte(map[bool]string{true: text, false: "<$word>"}[bytes == 0])))
				bytes++
			case reflect.TypeFor[int]():
				args = append(args, reflect.ValueOf(-1))
			case reflect.TypeFor[func(string) string]():
				args = append(args, reflect.ValueOf(func(s string) string { return s + "!" }))
			case reflect.TypeFor[func([]byte) []byte]():
				args = append(args, reflect.ValueOf(func(b []byte) []byte { return append([]byte("!"), b...) }))
			default:
				t.Fatalf("%s takes a %s", name, in)
			}
		}
		got, want := lazy.Method(i).Call(args), plain.MethodByName(name).Call(args)
		if !reflect.DeepEqual(got[0].Interface(), want[0].Interface()) {
			t.Errorf("%s: got %v, want %v", name, got[0], want[0])
		}
	}
}

func TestNothingIsCompiledEarly(t *testing.T) {
	r := New(`(`)
	defer func() {
		if recover() == nil {
			t.Error("a pattern that does not compile matched")
		}
	}()
	r.MatchString("x")
}
