package bigquery

import (
	"testing"

	"cloud.google.com/go/bigquery"
	"github.com/goccy/bigquery-emulator/server"
	"github.com/goccy/go-googlesql"
	"google.golang.org/api/option"
	_ "github.com/Koalajuni/Calback-Data-ML/features"
)

func TestProbe(t *testing.T) {
	_ = server.TempStorage
	_ = bigquery.NewClient
	_ = option.WithEndpoint
	_ = googlesql.Init
}
