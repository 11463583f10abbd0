// The standard normal distribution.

// Its quantiles, to about 1e-9: a rational approximation (Acklam's), made better by one step of Halley's method.
const A = [-39.69683028665376, 220.9460984245205, -275.9285104469687, 138.357751867269, -30.66479806614716, 2.506628277459239];
const B = [-54.47609879822406, 161.5858368580409, -155.6989798598866, 66.80131188771972, -13.28068155288572, 1];
const C = [-0.007784894002430293, -0.3223964580411365, -2.400758277161838, -2.549732539343734, 4.374664141464968, 2.938163982698783];
const D = [0.007784695709041462, 0.3224671290700398, 2.445134137142996, 3.754408661907416, 1];
const polynomial = (factors, x) => factors.reduce((sum, factor) => sum * x + factor, 0);

export function quantile(share) {
  if (share > .5) return -quantile(1 - share);
  const r = share - .5, far = Math.sqrt(-2 * Math.log(share));
  const x = share < .02425 ? polynomial(C, far) / polynomial(D, far) : r * polynomial(A, r * r) / polynomial(B, r * r);
  const step = (tail(x) - share) * Math.sqrt(2 * Math.PI) * Math.exp(x * x / 2);
  return x - step / (1 + x * step / 2);
}

// The distribution function for x of 0 or less: a series near the middle, a continued fraction far out.
function tail(x) {
  const density = Math.exp(-x * x / 2) / Math.sqrt(2 * Math.PI);
  if (x > -3) {
    let term = x, sum = x;
    for (let n = 3; Math.abs(term) > 1e-17; n += 2) sum += term *= x * x / n;
    return .5 + density * sum;
  }
  let fraction = 0;
  for (let n = 40; n; n--) fraction = n / (-x + fraction);
  return density / (-x + fraction);
}

// The share of the distribution below x.
export const below = x => x > 0 ? 1 - tail(-x) : tail(x);
