#include "kernels/statistics.h"
