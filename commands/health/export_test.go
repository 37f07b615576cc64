package health

type HealthJSON = reportJSON
