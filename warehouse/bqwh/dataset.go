package bqwh

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"strings"
	"time"

	"cloud.google.com/go/bigquery"
	"google.golang.org/api/googleapi"

	"github.com/Koalajuni/Calback-Data-ML/warehouse"
)

// timeTravel is how long a dataset that the driver makes keeps what was deleted, before the seven days of fail-safe that nobody can
// set: erased users are then gone after 9 days, within the 10 that the Korean law (PIPA, decree art. 43(3)) leaves.
const timeTravel = 48 * time.Hour

// ensureDataset makes a missing dataset, and looks at one that is there.
func (d *db) ensureDataset(ctx context.Context) error {
	there, err := d.dataset.Metadata(ctx)
	if err == nil {
		return d.accept(there)
	}
	if !isStatus(err, http.StatusNotFound) || d.opt.ReadOnly {
		return sorted(ctx, err)
	}
	if d.set.Location == "" {
		return warehouse.Errorf(warehouse.Invalid, "it is not there; say where to make it, such as ?location=asia-northeast3, "+
			"the place of the analytics export")
	}
	err = d.dataset.Create(ctx, &bigquery.DatasetMetadata{
		Location: d.set.Location, MaxTimeTravel: timeTravel, Labels: map[string]string{"app": "calback"},
		Description: "Events, features and scores of the app's users, without personal data.",
	})
	if isStatus(err, http.StatusConflict) {
		// Another run made it meanwhile.
		if there, err = d.dataset.Metadata(ctx); err == nil {
			return d.accept(there)
		}
	}
	return sorted(ctx, err)
}

// accept takes a dataset that is there. Jobs run where it lies.
func (d *db) accept(there *bigquery.DatasetMetadata) error {
	if d.set.Location != "" && there.Location != "" && !strings.EqualFold(d.set.Location, there.Location) {
		return warehouse.Errorf(warehouse.Conflict, "it lies in %s, the URL says location=%s: correct the URL, or take another dataset",
			there.Location, d.set.Location)
	}
	if there.Location != "" {
		d.location = there.Location
	}
	// BigQuery's default is 7 days.
	keeps := there.MaxTimeTravel
	if keeps == 0 {
		keeps = 7 * 24 * time.Hour
	}
	if keeps > timeTravel {
		d.warnings = append(d.warnings, fmt.Sprintf("dataset %s keeps erased rows for %.0f hours and 7 days more; set max_time_travel_hours to %.0f: "+
			"ALTER SCHEMA `%s` SET OPTIONS (max_time_travel_hours = %.0f)",
			d.dataset.DatasetID, keeps.Hours(), timeTravel.Hours(), d.dataset.DatasetID, timeTravel.Hours()))
	}
	return nil
}

func isStatus(err error, code int) bool {
	var api *googleapi.Error
	return errors.As(err, &api) && api.Code == code
}
