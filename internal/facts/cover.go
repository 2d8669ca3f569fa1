package facts

import (
	"reflect"

	"github.com/lintel-review/lintel/internal/analysis/secrets"
)

// cover rewrites every text in the facts. Lists, maps and pointers are copied first: they may be those of the snapshot
// or of the settings.
func cover(v reflect.Value, rewrite func(string) string) {
	if !v.CanSet() {
		return
	}
	switch v.Kind() {
	case reflect.String:
		v.SetString(rewrite(v.String()))
	case reflect.Struct:
		for _, field := range v.Fields() {
			cover(field, rewrite)
		}
	case reflect.Pointer:
		if !v.IsNil() {
			own := reflect.New(v.Type().Elem())
			own.Elem().Set(v.Elem())
			cover(own.Elem(), rewrite)
			v.Set(own)
		}
	case reflect.Slice:
		if v.IsNil() {
			return
		}
		own := reflect.MakeSlice(v.Type(), v.Len(), v.Len())
		reflect.Copy(own, v)
		for i := range own.Len() {
			cover(own.Index(i), rewrite)
		}
		v.Set(own)
	case reflect.Map:
		if v.IsNil() {
			return
		}
		own := reflect.MakeMapWithSize(v.Type(), v.Len())
		for key, value := range v.Seq2() {
			k, e := reflect.New(v.Type().Key()).Elem(), reflect.New(v.Type().Elem()).Elem()
			k.Set(key)
			e.Set(value)
			cover(k, rewrite)
			cover(e, rewrite)
			own.SetMapIndex(k, e)
		}
		v.Set(own)
	}
}

// covered is a text of the change without secrets, cut after so many bytes.
func covered(s *string, found secrets.Result, limit int) *string {
	if s == nil {
		return nil
	}
	t := found.Cover(*s)
	return bounded(&t, limit)
}
