package report

import (
	"reflect"

	"github.com/Koalajuni/Calback-Data-ML/internal/phrase"
)

// English and Korean are the languages of the report.
const (
	English = "en"
	Korean  = "ko"
)

// translations are the formats of phrases in the language, none for English.
func translations(language string) map[string]string {
	if language == Korean {
		return korean
	}
	return nil
}

// speak says every phrase of d in d's language. Lists are copied, so that what d came from stays as it is.
func speak(d Data) Data {
	said := reflect.ValueOf(&d).Elem()
	speakValue(said, translations(d.Language))
	return d
}

var phraseType = reflect.TypeFor[phrase.Phrase]()

func speakValue(v reflect.Value, words map[string]string) {
	if v.Type() == phraseType {
		v.Set(reflect.ValueOf(v.Interface().(phrase.Phrase).Said(words)))
		return
	}
	switch v.Kind() {
	case reflect.Struct:
		for k := range v.NumField() {
			if v.Type().Field(k).IsExported() {
				speakValue(v.Field(k), words)
			}
		}
	case reflect.Slice:
		if v.IsNil() {
			return
		}
		fresh := reflect.MakeSlice(v.Type(), v.Len(), v.Len())
		reflect.Copy(fresh, v)
		v.Set(fresh)
		for k := range v.Len() {
			speakValue(v.Index(k), words)
		}
	case reflect.Pointer:
		if v.IsNil() {
			return
		}
		fresh := reflect.New(v.Type().Elem())
		fresh.Elem().Set(v.Elem())
		v.Set(fresh)
		speakValue(v.Elem(), words)
	}
}
