package bigquery

import (
	"testing"

	"github.com/Koalajuni/Calback-Data-ML/warehouse/warehousetest"
)

func TestConformance(t *testing.T) { warehousetest.Run(t, newWarehouse) }
