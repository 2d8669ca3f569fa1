package shop;

public class Main {
    public static void main(String[] args) {
        Cart cart = new Cart(true);
        cart.add(5);
        cart.add(7);
        System.out.println(cart.total() + " " + cart.size());
    }
}
